import { describe, expect, it } from 'vitest';
import { KeyedQueue } from '../../src/core/keyed-queue.ts';
import { ManualClock } from '../../src/testing/index.ts';

function queueOf(work: (key: string) => Promise<void>, options: { concurrency?: number } = {}) {
  const clock = new ManualClock();
  return { clock, queue: new KeyedQueue(work, { clock, firstRetryAfter: 100, longestRetryAfter: 1_000, ...options }) };
}

describe('KeyedQueue', () => {
  it('never works twice at once on a key; what comes meanwhile is done once more', async () => {
    const open: (() => void)[] = [];
    let busy = 0;
    let most = 0;
    const { queue, clock } = queueOf(async () => {
      busy += 1;
      most = Math.max(most, busy);
      await new Promise<void>((resolve) => open.push(resolve));
      busy -= 1;
    });
    queue.add('a');
    await clock.advance(0);
    queue.add('a');
    queue.add('a');
    await clock.advance(0);
    expect(open).toHaveLength(1);
    open[0]?.();
    await clock.advance(0);
    expect(open).toHaveLength(2);
    open[1]?.();
    await clock.advance(0);
    expect([open.length, most, queue.depth]).toEqual([2, 1, 0]);
  });

  it('works on different keys at the same time, up to its limit', async () => {
    const open: (() => void)[] = [];
    const { queue, clock } = queueOf(() => new Promise<void>((resolve) => open.push(resolve)), { concurrency: 2 });
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await clock.advance(0);
    expect(open).toHaveLength(2);
    open[0]?.();
    await clock.advance(0);
    expect(open).toHaveLength(3);
    for (const end of open) end();
  });

  it('tries a failure again, ever later, until it succeeds', async () => {
    const times: number[] = [];
    const { queue, clock } = queueOf(() => {
      times.push(clock.uptime());
      return times.length < 6 ? Promise.reject(new Error('not yet')) : Promise.resolve();
    });
    queue.add('a');
    await clock.advance(60_000);
    expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual([100, 200, 400, 800, 1_000]);
    queue.add('a');
    await clock.advance(0);
    expect(times).toHaveLength(7);
  });

  it('adds a key later, at the earliest of the times asked for', async () => {
    const times: number[] = [];
    const { queue, clock } = queueOf(() => Promise.resolve(void times.push(clock.uptime())));
    const start = clock.uptime();
    queue.addAfter('a', 500);
    queue.addAfter('a', 200);
    queue.addAfter('a', 900);
    await clock.advance(2_000);
    expect(times).toEqual([start + 200]);
  });

  it('takes nothing more once it is closed, and waits for what is under way', async () => {
    const open: (() => void)[] = [];
    const { queue, clock } = queueOf(() => new Promise<void>((resolve) => open.push(resolve)));
    queue.add('a');
    await clock.advance(0);
    queue.addAfter('b', 100);
    let closed = false;
    const closing = queue.close().then(() => (closed = true));
    queue.add('c');
    await clock.advance(1_000);
    expect([closed, open.length]).toEqual([false, 1]);
    open[0]?.();
    await closing;
    expect(closed).toBe(true);
  });
});
