import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CaptureFileError } from '../../../src/core/errors/index.ts';
import { AgentBench } from './agent-bench.ts';

let bench: AgentBench;
beforeEach(() => {
  bench = new AgentBench();
});
afterEach(() => bench.close());

const mine = (progress: 'scheduled' | 'running' | 'finished') => ({ recorded: { node: 'n1', progress } });

/** Starts an agent whose source begins to answer so much later. @returns how many tcpdumps ran before. */
async function startWithoutSource(ms: number): Promise<{ living: number }> {
  bench.source.reachable = false;
  const started = bench.newAgent().start();
  await bench.eventually(() => bench.clock.sleeping > 0);
  await bench.clock.advance(ms);
  await bench.eventually(() => true);
  const { living } = bench;
  bench.source.reachable = true;
  await started;
  return { living };
}

describe('an agent whose source is slow to tell its present state', () => {
  for (const [what, tell] of [
    ['has ended', (uid: string) => bench.source.update(uid, mine('finished'))],
    ['is another node\'s', (uid: string) => bench.source.update(uid, { recorded: { node: 'n2', progress: 'running' } })],
    ['is gone', (uid: string) => bench.source.delete(uid)],
  ] as const) {
    it(`does not go on before with a capture that ${what}`, async () => {
      const request = bench.request();
      await bench.leftBehind(request);
      bench.source.set(request, mine('running'));
      tell(request.uid);
      await startWithoutSource(2_000);
      await bench.letPass(20_000);
      expect(bench.runner.runs).toHaveLength(1);
    });
  }

  it('goes on with those that have time left as soon as it is told', async () => {
    const request = bench.request();
    await bench.leftBehind(request);
    bench.source.set(request, mine('running'));
    const { living } = await startWithoutSource(2_000);
    expect(living).toBe(0);
    await bench.eventually(() => bench.living === 1);
  });
});

describe('an unreadable manifest', () => {
  it('is told as lost however often it takes, and the capture never runs again', async () => {
    const request = bench.request();
    const { id } = await bench.leftBehind(request);
    writeFileSync(join(bench.path, `${id}.json`), '{');
    bench.source.set(request, mine('scheduled'));
    bench.source.refuseReports(...Array.from({ length: 3 }, () => new Error('500 Internal Server Error')));
    await bench.agent();
    expect(await bench.reaches(request.uid, 'failure')).toMatchObject({ reason: 'ManifestLost' });
    await bench.letPass(60_000);
    expect(bench.runner.runs).toHaveLength(1);
    expect(bench.pcapFiles).toHaveLength(1);
  });

  it('or a missing one leaves no tcpdump behind', async () => {
    const lost = bench.request('lost');
    const { id } = await bench.leftBehind(lost);
    writeFileSync(join(bench.path, `${id}.json`), '{');
    const missing = bench.request('missing');
    for (const request of [lost, missing]) {
      bench.source.set(request, mine('running'));
      bench.runner.leaveProcess(request.uid);
    }
    await bench.agent();
    for (const { uid } of [lost, missing]) {
      await bench.reaches(uid, 'failure');
      expect(await bench.runner.findProcesses(uid)).toEqual([]);
    }
  });

  it('of an earlier capture of that name is not that of the new one', async () => {
    const old = bench.request('same');
    const { id } = await bench.leftBehind(old);
    writeFileSync(join(bench.path, `${id}.json`), '{');
    const next = bench.request('same', { maxPackets: 2 });
    bench.source.set(next);
    await bench.agent();
    await bench.reaches(next.uid, 'running');
    bench.run.receive(2);
    expect(await bench.reaches(next.uid, 'finished')).toMatchObject({ packets: { captured: 2 } });
  });
});

describe('a manifest with no time left', () => {
  it('is partial also when its tcpdump still ran: nobody knows what it dropped', async () => {
    const request = bench.request('web', { seconds: 60 });
    await bench.leftBehind(request, 3);
    const [name = ''] = bench.files.filter((file) => file.endsWith('.json'));
    const manifest = JSON.parse(readFileSync(join(bench.path, name), 'utf8')) as { segments: { end?: unknown }[] };
    for (const segment of manifest.segments) delete segment.end;
    writeFileSync(join(bench.path, name), JSON.stringify(manifest));
    bench.runner.leaveProcess(request.uid);
    await bench.clock.advance(65_000);
    bench.source.set(request, mine('running'));
    await bench.agent();
    const end = await bench.reaches(request.uid, 'finished');
    expect(end).toMatchObject({ reason: 'Partial', packets: { captured: 3 } });
    expect(end.message).toContain('time limit');
    expect(await bench.runner.findProcesses(request.uid)).toEqual([]);
  });
});

describe('a capture that goes on and has to wait for its turn', () => {
  it('stays running for its origin: progress does not go back', async () => {
    const first = bench.request('first', { seconds: 3_600 });
    const second = bench.request('second', { seconds: 3_600 });
    await bench.leftBehind(first);
    await bench.leftBehind(second);
    for (const request of [first, second]) bench.source.set(request, mine('running'));
    await bench.agent({}, { maxConcurrent: 1 });
    await bench.letPass(10_000);
    expect(bench.living).toBe(1);
    expect(bench.source.reports.filter(({ progress }) => progress === 'scheduled')).toEqual([]);
  });
});

describe('what could not be started', () => {
  it('is told once the origin takes it, though it fails ten times', async () => {
    await bench.agent();
    const request = bench.request();
    bench.runner.failNextStart(new CaptureFileError('No space left on device'));
    bench.source.refuseReports(...Array.from({ length: 10 }, () => new Error('503 Service Unavailable')));
    bench.source.set(request);
    expect(await bench.reaches(request.uid, 'failure')).toMatchObject({ reason: 'CaptureFile' });
    expect(bench.progressOf(request.uid)).toEqual(['scheduled', 'failure']);
  });
});

describe('an agent that is disposed while it starts', () => {
  it('gives up, and leaves what there was to the next', async () => {
    const request = bench.request();
    await bench.leftBehind(request);
    bench.source.set(request, mine('running'));
    bench.source.reachable = false;
    const agent = bench.newAgent();
    const started = agent.start();
    await bench.eventually(() => bench.clock.sleeping > 0);
    // No time passes here: whoever waited for the source would wait for ever.
    await agent[Symbol.asyncDispose]();
    await started;
    expect([bench.living, bench.clock.sleeping]).toEqual([0, 0]);
    expect((await bench.directory.loadManifests()).manifests).toMatchObject([{ state: { kind: 'open' } }]);
  });
});
