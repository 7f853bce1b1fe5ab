import { describe, expect, it } from 'vitest';
import { PodNotFoundError } from '../../../src/core/errors/index.ts';
import { EngineBench, POD } from './engine-bench.ts';

describe('the time limit', () => {
  it('ends a capture that goes on while it waits for its turn', async () => {
    using bench = new EngineBench();
    const order = bench.order({ seconds: 60 });
    await bench.engine.start(order);
    bench.run.receive(3);
    await bench.engine.suspend();
    const [manifest] = (await bench.directory.loadManifests()).manifests;
    if (!manifest) throw new Error('no manifest');

    const next = bench.newEngine({ maxConcurrent: 1 });
    await next.start(bench.order({ seconds: 3_600 }));
    const waiting = next.continue(manifest);
    await bench.eventually(() => next.load.waiting === 1);
    const result = await bench.until(waiting.result, 1_000);
    expect(result).toMatchObject({ progress: 'finished', reason: 'Partial', packets: { captured: 3 }, gaps: [{ reason: 'the agent was restarted' }] });
    expect(result.completionTime - (result.startTime ?? 0)).toBeCloseTo(60_000, -3);
    expect(next.load).toEqual({ running: 1, waiting: 0 });
  });

  it('ends a capture that waits for its target', async () => {
    using bench = new EngineBench({ targetPatience: 600_000 });
    const capture = await bench.engine.start(bench.order({ seconds: 60 }));
    bench.resolver.refuse(POD, new PodNotFoundError(`Pod ${POD}`, 1));
    bench.resolver.goAway(POD);
    const result = await bench.until(capture.result, 1_000);
    expect(result).toMatchObject({ progress: 'finished', reason: 'Partial' });
    expect(result.completionTime - (result.startTime ?? 0)).toBeCloseTo(60_000, -3);
  });

  it('does not run while nothing was captured yet', async () => {
    using bench = new EngineBench({ maxConcurrent: 1 });
    const first = await bench.engine.start(bench.order({ seconds: 600 }));
    const second = bench.engine.start(bench.order({ seconds: 5 }));
    await bench.clock.advance(60_000);
    await first.stop();
    await second;
    expect(bench.run.spec.secondsLeft).toBe(5);
  });
});
