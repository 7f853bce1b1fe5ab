import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostmountError, InterfaceDisappearedError, PodNotFoundError } from '../../../src/core/errors/index.ts';
import { AgentBench, POD } from './agent-bench.ts';

let bench: AgentBench;
beforeEach(() => {
  bench = new AgentBench();
});
afterEach(() => bench.close());

const missing = () => new PodNotFoundError(`Pod ${POD}`, 1);

describe('a deletion that follows a wish to retain the files at once', () => {
  it('keeps them while the capture runs', async () => {
    await bench.agent();
    const request = bench.request();
    bench.source.set(request);
    await bench.reaches(request.uid, 'running');
    bench.run.receive(2);
    bench.source.update(request.uid, { retainFiles: true });
    bench.source.delete(request.uid);
    await bench.letPass(60_000);
    expect(bench.living).toBe(0);
    expect(bench.pcapFiles).toHaveLength(1);
    await bench.restart();
    await bench.letPass(60_000);
    expect(bench.pcapFiles).toHaveLength(1);
  });

  it('keeps them after its end, also from the next agent', async () => {
    await bench.agent();
    const request = bench.request('web', { maxPackets: 2 });
    bench.source.set(request);
    await bench.reaches(request.uid, 'running');
    bench.run.receive(2);
    await bench.reaches(request.uid, 'finished');
    await bench.letPass(5_000);
    bench.source.update(request.uid, { retainFiles: true });
    bench.source.delete(request.uid);
    await bench.letPass(60_000);
    expect(bench.pcapFiles).toHaveLength(1);
    await bench.restart();
    await bench.letPass(60_000);
    expect(bench.pcapFiles).toHaveLength(1);
  });
});

describe('a deleted capture whose files are to be kept, and that has none', () => {
  it('leaves no manifest behind', async () => {
    bench.runner.failNextStart(new InterfaceDisappearedError('eth0'));
    await bench.agent();
    const request = bench.request();
    bench.source.set(request, { retainFiles: true });
    await bench.eventually(() => bench.files.some((name) => name.endsWith('.json')));
    bench.resolver.refuse(POD, missing());
    expect(await bench.reaches(request.uid, 'failure')).toMatchObject({ files: [] });
    await bench.letPass(5_000);
    bench.source.delete(request.uid);
    await bench.letPass(60_000);
    expect(bench.files).toEqual([]);
  });
});

describe('a deleted capture with files to keep, on a disk that takes nothing', () => {
  it('has its manifest closed once the disk takes it', async () => {
    await bench.agent();
    const request = bench.request();
    bench.source.set(request, { retainFiles: true });
    await bench.reaches(request.uid, 'running');
    bench.run.receive(2);
    const save = bench.directory.saveManifest.bind(bench.directory);
    bench.directory.saveManifest = () => Promise.reject(new HostmountError(bench.path, 'the disk is full'));
    bench.source.delete(request.uid);
    await bench.letPass(20_000);
    expect(bench.living).toBe(0);
    bench.directory.saveManifest = save;
    await bench.letPass(60_000);
    expect((await bench.directory.loadManifests()).manifests).toMatchObject([{ state: { kind: 'closed' }, retainFiles: true }]);
    expect(bench.pcapFiles).toHaveLength(1);
  });
});

describe('a capture that is gone, with retained files,', () => {
  it('costs nothing more: nobody is asked of it again', async () => {
    await bench.agent();
    const request = bench.request('web', { maxPackets: 2 });
    bench.source.set(request, { retainFiles: true });
    await bench.reaches(request.uid, 'running');
    bench.run.receive(2);
    await bench.reaches(request.uid, 'finished');
    await bench.letPass(5_000);
    let asked = 0;
    const isGone = bench.source.isGone.bind(bench.source);
    bench.source.isGone = (identity) => {
      asked += 1;
      return isGone(identity);
    };
    bench.source.delete(request.uid);
    await bench.letPass(60_000);
    expect(asked).toBeGreaterThan(0);
    const before = asked;
    await bench.letPass(300_000);
    expect(asked).toBe(before);
    expect(bench.pcapFiles).toHaveLength(1);
  });

  it('leaves when its files have come of age', async () => {
    await bench.agent({ keepFilesFor: 3_600_000 });
    const request = bench.request('web', { maxPackets: 2 });
    bench.source.set(request, { retainFiles: true });
    await bench.reaches(request.uid, 'running');
    bench.run.receive(2);
    await bench.reaches(request.uid, 'finished');
    await bench.letPass(5_000);
    bench.source.delete(request.uid);
    await bench.letPass(60_000);
    expect(bench.pcapFiles).toHaveLength(1);
    await bench.clock.advance(3_600_000);
    await bench.letPass(60_000);
    expect(bench.files).toEqual([]);
  });
});

describe('a request is given back', () => {
  it('when its Pod went between two tries to start', async () => {
    bench.runner.failNextStart(new InterfaceDisappearedError('eth0'));
    await bench.agent();
    const request = bench.request();
    bench.source.set(request);
    await bench.eventually(() => bench.files.some((name) => name.endsWith('.json')));
    bench.resolver.refuse(POD, missing());
    bench.pods.delete('shop', 'web-1');
    await bench.reaches(request.uid, 'released');
    expect(bench.progressOf(request.uid)).toEqual(['scheduled', 'released']);
    await bench.letPass(5_000);
    expect(bench.files).toEqual([]);

    bench.resolver.serve(POD);
    bench.pods.set({ namespace: 'shop', name: 'web-1', uid: 'pod-2' });
    await bench.reaches(request.uid, 'running');
  });

  it('and taken again when another Pod of that name has come', async () => {
    bench.resolver.refuse(POD, missing());
    await bench.agent();
    const request = bench.request();
    bench.source.set(request);
    await bench.reaches(request.uid, 'scheduled');
    bench.pods.set({ namespace: 'shop', name: 'web-1', uid: 'pod-2' });
    await bench.reaches(request.uid, 'released');
    bench.resolver.serve(POD);
    expect(await bench.reaches(request.uid, 'running')).toMatchObject({ target: { uid: 'pod-2' } });
  });

  it('not when its Pod is there and has no processes: that is told', async () => {
    bench.resolver.refuse(POD, missing());
    await bench.agent();
    const request = bench.request();
    bench.source.set(request);
    expect(await bench.reaches(request.uid, 'failure')).toMatchObject({ reason: 'PodNotFound' });
  });
});

describe('a capture that was given to another node', () => {
  it('ends in silence, with its files kept, also where the source knows this node\'s only', async () => {
    bench.source.node = 'n1';
    await bench.agent();
    const request = bench.request();
    bench.source.set(request);
    await bench.reaches(request.uid, 'running');
    bench.run.receive(2);
    const told = bench.source.reports.length;
    bench.source.update(request.uid, { recorded: { node: 'n2', progress: 'running' } });
    await bench.letPass(60_000);
    expect(bench.living).toBe(0);
    expect(bench.pcapFiles).toHaveLength(1);
    expect(bench.source.reports).toHaveLength(told);
  });
});

describe('a capture that an earlier agent began', () => {
  it('and whose progress was wiped is ended, tells nothing, and does not run again', async () => {
    const request = bench.request();
    await bench.leftBehind(request);
    bench.source.set(request);
    await bench.agent();
    await bench.letPass(120_000);
    expect(bench.runner.runs).toHaveLength(1);
    expect(bench.pcapFiles).toHaveLength(1);
    expect((await bench.directory.loadManifests()).manifests).toMatchObject([{ state: { kind: 'closed' } }]);
    expect(bench.source.reports).toEqual([]);
  });

  it('and that is another node\'s by now is not reported either when its files have come of age', async () => {
    const request = bench.request();
    await bench.leftBehind(request);
    bench.source.set(request, { recorded: { node: 'n2', progress: 'running' } });
    let reported = 0;
    bench.source.report = () => {
      reported += 1;
      return Promise.resolve();
    };
    await bench.agent({ keepFilesFor: 3_600_000 });
    await bench.letPass(60_000);
    expect(bench.pcapFiles).toHaveLength(1);
    await bench.clock.advance(3_600_000);
    await bench.letPass(60_000);
    expect(bench.files).toEqual([]);
    expect(reported).toBe(0);
  });
});

describe('the disk that an earlier agent reserved', () => {
  it.each(['is gone', 'was stopped', 'has no time left'])('is given back when the capture %s', async (what) => {
    const request = bench.request();
    await bench.leftBehind(request);
    if (what !== 'is gone') bench.source.set(request, { recorded: { node: 'n1', progress: 'running' }, stop: what === 'was stopped' });
    if (what === 'has no time left') await bench.clock.advance(120_000);
    await bench.agent();
    await bench.letPass(60_000);
    expect(bench.living).toBe(0);
    expect([bench.guard.adopted, [...bench.guard.reserved.keys()]]).toEqual([[], []]);
  });

  it('is kept when the agent is to end before it has gone on', async () => {
    const request = bench.request();
    await bench.leftBehind(request);
    bench.source.set(request, { recorded: { node: 'n1', progress: 'running' } });
    const agent = bench.newAgent();
    const started = agent.start();
    await bench.until(agent[Symbol.asyncDispose]());
    await bench.until(started);
    expect(bench.guard.adopted).toEqual([request.uid]);
  });
});

describe('an end that has no manifest', () => {
  it('is not forgotten while the source is away', async () => {
    await bench.agent();
    const request = bench.request('web', {}, { filter: 'tcp port' });
    bench.runner.refuseFilter('tcp port');
    bench.source.set(request);
    await bench.reaches(request.uid, 'failure');
    bench.source.reachable = false;
    await bench.letPass(60_000);
    bench.source.reachable = true;
    bench.source.update(request.uid, { recorded: { progress: 'scheduled', node: 'n1' } });
    await bench.letPass(60_000);
    expect(bench.progressOf(request.uid)).toEqual(['scheduled', 'failure']);
  });
});

describe('an agent that ends', () => {
  it('begins nothing more that it is about to claim', async () => {
    const agent = await bench.agent();
    const request = bench.request();
    const claimed = Promise.withResolvers<undefined>();
    const report = bench.source.report.bind(bench.source);
    bench.source.report = async (given) => {
      await claimed.promise;
      return report(given);
    };
    bench.source.set(request);
    await bench.eventually(() => agent.queueDepth === 1);
    const ended = agent[Symbol.asyncDispose]();
    claimed.resolve(undefined);
    await bench.until(ended);
    await bench.letPass(10_000);
    expect(bench.runner.runs).toEqual([]);
    expect(bench.source.get(request.uid)?.recorded).toEqual({ node: 'n1', progress: 'scheduled' });
    bench.source.report = report;
    await bench.agent();
    await bench.reaches(request.uid, 'running');
  });
});
