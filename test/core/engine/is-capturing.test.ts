import { describe, expect, it } from 'vitest';
import type { Capture } from '../../../src/core/engine/capture.ts';
import { DiskBudgetExceededError } from '../../../src/core/errors/index.ts';
import { EngineBench } from './engine-bench.ts';

/** What a capture has told, each time with whether its last tcpdump lives. */
function heard(bench: EngineBench, capture: Capture): string[] {
  const told: string[] = [];
  capture.onCapturing((isCapturing) => told.push(`${isCapturing}, and tcpdump ${bench.run.alive ? 'lives' : 'has ended'}`));
  return told;
}

describe('whether a capture captures at the moment', () => {
  it('is told once tcpdump does, and once it has ended', async () => {
    using bench = new EngineBench();
    const capture = bench.engine.begin(bench.order());
    const told = heard(bench, capture);
    await capture.capturing;
    capture.end({ kind: 'finish', reason: 'Stopped' });
    await capture.result;
    expect(told).toEqual(['true, and tcpdump lives', 'false, and tcpdump has ended']);
  });

  it('is told of each of its tcpdumps', async () => {
    using bench = new EngineBench();
    const capture = bench.engine.begin(bench.order());
    const told = heard(bench, capture);
    await capture.capturing;
    bench.run.kill();
    await bench.eventually(() => bench.runner.runs.length === 2 && told.length === 3);
    capture.end({ kind: 'finish', reason: 'Stopped' });
    await capture.result;
    const one = ['true, and tcpdump lives', 'false, and tcpdump has ended'];
    expect(told).toEqual([...one, ...one]);
  });

  it('is not told where nothing is begun', async () => {
    using bench = new EngineBench();
    bench.guard.refusal = new DiskBudgetExceededError({ asked: 2, used: 0, reserved: 0, maxTotal: 1 });
    const capture = bench.engine.begin(bench.order());
    const told = heard(bench, capture);
    expect(await capture.result).toMatchObject({ reason: 'DiskBudgetExceeded' });
    expect(told).toEqual([]);
  });
});
