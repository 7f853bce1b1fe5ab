import { describe, expect, it } from 'vitest';
import { PodNotFoundError } from '../../../src/core/errors/index.ts';
import { EngineBench, POD } from './engine-bench.ts';

const HOUR = 3_600_000;

const missing = () => new PodNotFoundError(`Pod ${POD}`, 1);

/** A capture whose target has gone and taken the segment with it; the clock is set while it is waited for. */
async function waitingForTarget(bench: EngineBench, step: number) {
  const capture = await bench.engine.start(bench.order({ seconds: 600 }));
  bench.run.receive(3);
  bench.resolver.refuse(POD, missing());
  bench.run.removeInterface();
  await bench.eventually(() => bench.clock.sleeping >= 2);
  await bench.clock.advance(400);
  bench.clock.jump(step);
  await bench.clock.advance(600);
  return capture;
}

describe('a wall clock that is set', () => {
  it('back does not shorten the gap between two segments', async () => {
    using bench = new EngineBench();
    const capture = await waitingForTarget(bench, -HOUR);
    bench.resolver.serve(POD);
    await bench.clock.advance(250);
    await bench.eventually(() => bench.runner.runs.length === 2 && bench.run.alive);
    const { gaps, reason } = await capture.stop();
    expect(reason).toBe('Partial');
    expect(gaps.map(({ from, to }) => to - from)).toEqual([1_250]);
    expect(gaps[0]?.to).toBe(bench.clock.now());
  });

  it('back does not hide that nothing was captured before the end', async () => {
    using bench = new EngineBench();
    const capture = await waitingForTarget(bench, -HOUR);
    const { gaps, reason } = await capture.stop();
    expect(reason).toBe('Partial');
    expect(gaps.map(({ from, to }) => to - from)).toEqual([1_000]);
  });

  it('forward does not hide it either', async () => {
    using bench = new EngineBench();
    const capture = await waitingForTarget(bench, HOUR);
    const { gaps, reason, startTime = 0 } = await capture.stop();
    expect(reason).toBe('Partial');
    expect(gaps).toEqual([{ from: startTime, to: bench.clock.now(), reason: 'the network of the target was replaced' }]);
  });

  it('back while no agent was there does not shorten the gap', async () => {
    using bench = new EngineBench();
    await bench.engine.start(bench.order({ seconds: 600 }));
    await bench.clock.advance(2_000);
    await bench.engine.suspend();
    const [manifest] = (await bench.directory.loadManifests()).manifests;
    if (!manifest) throw new Error('no manifest');
    bench.clock.jump(-HOUR);
    await bench.clock.advance(5_000);
    const capture = bench.newEngine().continue(manifest);
    await capture.capturing;
    capture.end({ kind: 'finish', reason: 'Stopped' });
    const { gaps } = await capture.result;
    expect(gaps.map(({ from, to }) => to - from)).toEqual([5_000]);
  });

  it('back does not shorten the gap after an agent that was killed', async () => {
    using bench = new EngineBench();
    await bench.engine.start(bench.order({ seconds: 600 }));
    await bench.clock.advance(2_000);
    bench.run.receive(1);
    await bench.engine.suspend();
    const [manifest] = (await bench.directory.loadManifests()).manifests;
    const [segment] = manifest?.segments ?? [];
    if (!manifest || !segment?.process) throw new Error('no manifest');
    const { file, fileCount, maxFileSize, started, device, process } = segment;
    bench.clock.jump(-HOUR);
    await bench.clock.advance(5_000);
    const capture = bench.newEngine().continue({ ...manifest, segments: [{ file, fileCount, maxFileSize, started, device, process }] });
    await capture.capturing;
    capture.end({ kind: 'finish', reason: 'Stopped' });
    const { gaps } = await capture.result;
    expect(gaps.map(({ from, to }) => to - from)).toEqual([5_000]);
  });

  it('does not change how long is captured', async () => {
    for (const step of [HOUR, -HOUR]) {
      using bench = new EngineBench();
      const capture = await bench.engine.start(bench.order({ seconds: 60 }));
      const since = bench.clock.uptime();
      bench.clock.jump(step);
      const result = await bench.until(capture.result, 1_000);
      expect(result).toMatchObject({ progress: 'finished', reason: 'TimeLimit', gaps: [] });
      expect(bench.clock.uptime() - since).toBeGreaterThanOrEqual(60_000);
      expect(bench.clock.uptime() - since).toBeLessThan(65_000);
    }
  });
});
