import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/testing/manual-clock.ts';

describe('ManualClock', () => {
  it('wakes sleepers in order, and lets what they do run in between', async () => {
    const clock = new ManualClock({ now: 1000, uptime: 0 });
    const seen: string[] = [];
    const every = async (name: string, ms: number, times: number) => {
      for (let i = 0; i < times; i += 1) {
        await clock.sleep(ms);
        seen.push(`${name}@${clock.uptime()}`);
      }
    };
    void every('a', 100, 3);
    void every('b', 150, 2);
    await clock.advance(300);
    expect(seen).toEqual(['a@100', 'b@150', 'a@200', 'b@300', 'a@300']);
    expect(clock.now()).toBe(1300);
    expect(clock.sleeping).toBe(0);
  });

  it('does not wake anybody by a jump of the wall clock', async () => {
    const clock = new ManualClock();
    const [now, uptime] = [clock.now(), clock.uptime()];
    let awake = false;
    void clock.sleep(1000).then(() => (awake = true));
    clock.jump(3_600_000);
    await clock.advance(999);
    expect({ awake, passed: clock.now() - now, uptime: clock.uptime() - uptime }).toEqual({ awake: false, passed: 3_600_999, uptime: 999 });
    await clock.advance(1);
    expect(awake).toBe(true);
  });

  it('is woken by a signal, with its reason', async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const sleeping = clock.sleep(1000, abort.signal);
    abort.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    expect(clock.sleeping).toBe(0);
  });

  it('boots anew', () => {
    const clock = new ManualClock();
    const before = clock.bootId;
    clock.reboot();
    expect(clock.bootId).not.toBe(before);
    expect(clock.uptime()).toBe(0);
  });
});

describe('until', () => {
  it('lets as much time pass as it takes, and no more', async () => {
    const clock = new ManualClock();
    const begun = clock.uptime();
    const later = async () => {
      await clock.sleep(300);
      await clock.sleep(700);
      return 'done';
    };
    void clock.sleep(5_000);
    expect(await clock.until(later())).toBe('done');
    expect(clock.uptime() - begun).toBe(1_000);
    expect(clock.sleeping).toBe(1);
  });

  it('settles as what it waits for does, and says when that does not come about', async () => {
    const clock = new ManualClock();
    await expect(clock.until(Promise.reject(new Error('as told')))).rejects.toThrow('as told');
    await expect(clock.until(clock.sleep(2_000), { within: 1_000 })).rejects.toThrow('within 1000 ms');
    await clock.advance(2_000);
    await expect(clock.until(new Promise(() => undefined))).rejects.toThrow('It does not come about: nobody waits for time to pass. Let happen first what it waits for, such as packets or the end of another capture.');
  });
});
