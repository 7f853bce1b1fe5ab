import { describe, expect, it } from 'vitest';
import type { CaptureDirectory } from '../../../src/core/capture-directory.ts';
import type { CaptureResult } from '../../../src/core/capture-result.ts';
import { HostmountError } from '../../../src/core/errors/index.ts';
import { EngineBench } from './engine-bench.ts';

const CALLS: readonly (keyof CaptureDirectory)[] = ['createManifest', 'saveManifest', 'files', 'inspect', 'removeFile'];

/** From its call number `first` on the disk fails, `times` times. @returns how often it was called so far */
function failFrom({ directory, path }: EngineBench, first: number, times: number): () => number {
  let calls = 0;
  for (const name of CALLS) {
    const work = (directory[name] as (...given: unknown[]) => Promise<unknown>).bind(directory);
    const failing = (...given: unknown[]) => {
      calls += 1;
      return calls > first && calls <= first + times ? Promise.reject(new HostmountError(path, 'the disk is full')) : work(...given);
    };
    Object.assign(directory, { [name]: failing });
  }
  return () => calls;
}

/** A capture that is killed once, goes on, and is stopped. */
async function run(bench: EngineBench): Promise<CaptureResult> {
  const capture = bench.engine.begin(bench.order({ seconds: 60 }));
  const living = () => bench.runner.runs.find(({ alive }) => alive);
  const ended = () => capture.state.phase === 'ended';
  await bench.eventually(() => ended() || (capture.state.phase === 'running' && living() !== undefined));
  const first = living();
  first?.receive(5);
  first?.kill();
  await bench.eventually(() => ended() || bench.runner.runs.length === 2);
  living()?.receive(6);
  capture.end({ kind: 'finish', reason: 'Stopped' });
  return bench.until(capture.result);
}

describe('a disk that fails', () => {
  for (const [how, times] of [['once', 1], ['from then on', Infinity]] as const) {
    it(`${how}, at whatever point, leaves no tcpdump, no reservation and no namespace behind, and the end is told`, async () => {
      let first = 0;
      for (let hasFailed = true; hasFailed; first += 1) {
        using bench = new EngineBench();
        const called = failFrom(bench, first, times);
        const result = await run(bench);
        const where = `after ${first} calls`;
        expect(['finished', 'failure'], where).toContain(result.progress);
        if (result.progress === 'failure') expect(result.reason, where).toBe('Hostmount');
        expect(bench.runner.runs.filter(({ alive }) => alive), where).toEqual([]);
        await bench.eventually(() => bench.guard.reserved.size === 0 && bench.resolver.open === 0 && bench.engine.load.running === 0);
        const captured = [5, 6].slice(0, bench.runner.runs.length).reduce((sum, packets) => sum + packets, 0);
        if (result.progress === 'finished') expect(result.packets.captured, where).toBe(captured);
        hasFailed = called() > first;
      }
      expect(first).toBeGreaterThan(10);
    });
  }
});
