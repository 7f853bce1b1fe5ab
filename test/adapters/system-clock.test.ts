import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SystemClock } from '../../src/adapters/system-clock.ts';

describe('SystemClock', () => {
  afterEach(() => vi.useRealTimers());

  it('counts from the boot of this machine', () => {
    const clock = new SystemClock();
    const before = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]) * 1000;
    const uptime = clock.uptime();
    const after = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]) * 1000;
    expect(uptime).toBeGreaterThanOrEqual(before - 20);
    expect(uptime).toBeLessThanOrEqual(after + 20);
    expect(clock.bootId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('sleeps no less than asked for', async () => {
    const clock = new SystemClock();
    const before = performance.now();
    await clock.sleep(30);
    expect(performance.now() - before).toBeGreaterThanOrEqual(30);
  });

  it('is woken by its signal, with its reason', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const sleeping = new SystemClock().sleep(60_000, abort.signal);
    abort.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(new SystemClock().sleep(0, abort.signal)).rejects.toBe(reason);
  });

  it('sleeps for longer than a timer can', async () => {
    vi.useFakeTimers();
    const days = 24 * 3600 * 1000;
    let awake = false;
    const sleeping = new SystemClock().sleep(60 * days).then(() => (awake = true));
    await vi.advanceTimersByTimeAsync(59.9 * days);
    expect(awake).toBe(false);
    await vi.advanceTimersByTimeAsync(0.2 * days);
    await sleeping;
    expect(awake).toBe(true);
  });
});
