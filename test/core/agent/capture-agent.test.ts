import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostmountError, PodNotFoundError, RequestInvalidError } from '../../../src/core/errors/index.ts';
import { AgentBench, POD } from './agent-bench.ts';

let bench: AgentBench;
beforeEach(() => {
  bench = new AgentBench();
});
afterEach(() => bench.close());

describe('an agent takes a request', () => {
  it('of a Pod on its node, and tells each step', async () => {
    await bench.agent();
    const request = bench.request('web', { maxPackets: 4 });
    bench.source.set(request);
    await bench.reaches(request.uid, 'running');
    bench.run.receive(4);
    const end = await bench.reaches(request.uid, 'finished');
    expect(end).toMatchObject({ reason: 'PacketLimit', packets: { captured: 4 } });
    expect(end.message).toContain(bench.path);
    expect(bench.progressOf(request.uid)[0]).toBe('scheduled');
  });

  it('only of its own: what is another\'s is not even told', async () => {
    await bench.agent();
    const absent = bench.request('absent', {}, { target: { kind: 'pod', namespace: 'shop', name: 'elsewhere' } });
    const far = bench.request('far', {}, { target: { kind: 'node', node: 'n2', interface: 'eth0' } });
    const taken = bench.request('taken');
    bench.source.set(absent);
    bench.source.set(far);
    bench.source.set(taken, { recorded: { node: 'n2', progress: 'running' } });
    await bench.letPass(60_000);
    expect(bench.source.reports).toEqual([]);
    expect(bench.runner.runs).toEqual([]);
  });

  it('when its Pod appears', async () => {
    bench.pods.delete('shop', 'web-1');
    await bench.agent();
    const request = bench.request();
    bench.source.set(request);
    await bench.letPass(5_000);
    expect(bench.source.reports).toEqual([]);
    bench.pods.set({ namespace: 'shop', name: 'web-1', uid: 'pod-1' });
    await bench.reaches(request.uid, 'running');
  });

  it('that an operator has assigned to it', async () => {
    await bench.agent();
    const request = bench.request();
    bench.source.set(request, { recorded: { node: 'n1' } });
    await bench.reaches(request.uid, 'running');
  });

  it('that is invalid only to say so', async () => {
    await bench.agent();
    const error = new RequestInvalidError({ problem: 'fileCount is "many".', advice: 'It must be a number.' });
    const { target, ...request } = bench.request();
    bench.source.set({ ...request, target }, { demand: { valid: false, target, error } });
    expect(await bench.reaches(request.uid, 'failure')).toMatchObject({ reason: 'RequestInvalid', message: error.message });
    expect(bench.progressOf(request.uid)).toEqual(['scheduled', 'failure']);
    expect(bench.runner.runs).toEqual([]);
  });

  it('and gives it back when the Pod has moved before the start', async () => {
    bench.resolver.refuse(POD, new PodNotFoundError(`Pod ${POD}`, 100));
    await bench.agent();
    const request = bench.request();
    bench.source.set(request);
    await bench.reaches(request.uid, 'scheduled');
    bench.pods.delete('shop', 'web-1');
    await bench.reaches(request.uid, 'released');
    expect(bench.source.get(request.uid)?.recorded).toEqual({});
  });

  it('once, though its source is slow to hear of the end', async () => {
    await bench.agent();
    const request = bench.request('web', {}, { filter: 'tcp port' });
    bench.runner.refuseFilter('tcp port');
    bench.source.set(request);
    await bench.reaches(request.uid, 'failure');
    bench.source.update(request.uid, { recorded: { progress: 'scheduled', node: 'n1' } });
    bench.source.update(request.uid, { recorded: {} });
    await bench.letPass(60_000);
    expect(bench.progressOf(request.uid)).toEqual(['scheduled', 'failure']);
  });
});

describe('an agent obeys', () => {
  it('stop, before and after the start', async () => {
    await bench.agent();
    const early = bench.request('early');
    bench.source.set(early, { stop: true });
    expect(await bench.reaches(early.uid, 'finished')).toMatchObject({ reason: 'Stopped' });
    const late = bench.request('late');
    bench.source.set(late);
    await bench.reaches(late.uid, 'running');
    bench.source.update(late.uid, { stop: true });
    expect(await bench.reaches(late.uid, 'finished')).toMatchObject({ reason: 'Stopped' });
  });

  it('a deletion, once it is sure of it: ends tcpdump and removes the files', async () => {
    await bench.agent();
    const request = bench.request();
    bench.source.set(request);
    await bench.reaches(request.uid, 'running');
    bench.run.receive(2);
    bench.source.delete(request.uid);
    await bench.letPass(1_000);
    expect(bench.living).toBe(1);
    await bench.letPass(10_000);
    await bench.eventually(() => bench.living === 0 && bench.files.length === 0);
    expect(bench.progressOf(request.uid)).not.toContain('finished');
  });

  it('retainFiles: then the files outlive the request', async () => {
    await bench.agent();
    const request = bench.request('web', { maxPackets: 2 });
    bench.source.set(request);
    await bench.reaches(request.uid, 'running');
    bench.source.update(request.uid, { retainFiles: true });
    bench.run.receive(2);
    await bench.reaches(request.uid, 'finished');
    bench.source.delete(request.uid);
    await bench.letPass(60_000);
    expect(bench.pcapFiles).toHaveLength(1);
  });

  it('retainFiles, also after the end', async () => {
    await bench.agent();
    const request = bench.request('web', { maxPackets: 2 });
    bench.source.set(request);
    await bench.reaches(request.uid, 'running');
    bench.run.receive(2);
    await bench.reaches(request.uid, 'finished');
    await bench.letPass(5_000);
    bench.source.update(request.uid, { retainFiles: true });
    await bench.letPass(1_000);
    bench.source.delete(request.uid);
    await bench.letPass(60_000);
    expect(bench.pcapFiles).toHaveLength(1);
  });

  it('a stop, on a disk that takes no manifest: tells the end, once, and closes the manifest when it can', async () => {
    await bench.agent();
    const request = bench.request();
    bench.source.set(request);
    await bench.reaches(request.uid, 'running');
    bench.run.receive(2);
    Object.assign(bench.directory, { saveManifest: () => Promise.reject(new HostmountError(bench.path, 'the disk is full')) });
    bench.source.update(request.uid, { stop: true });
    expect(await bench.reaches(request.uid, 'finished')).toMatchObject({ reason: 'Stopped', packets: { captured: 2 } });
    await bench.letPass(10_000);
    expect(bench.progressOf(request.uid).filter((progress) => progress === 'finished')).toHaveLength(1);
    Reflect.deleteProperty(bench.directory, 'saveManifest');
    await bench.letPass(60_000);
    expect((await bench.directory.loadManifests()).manifests[0]?.state).toMatchObject({ kind: 'closed', reported: true });
  });

  it('a deletion, on a disk that takes no manifest: makes room', async () => {
    await bench.agent();
    const request = bench.request();
    bench.source.set(request);
    await bench.reaches(request.uid, 'running');
    bench.run.receive(2);
    Object.assign(bench.directory, { saveManifest: () => Promise.reject(new HostmountError(bench.path, 'the disk is full')) });
    bench.source.delete(request.uid);
    await bench.letPass(20_000);
    await bench.eventually(() => bench.files.length === 0);
  });

  it('another claim: ends, keeps the files, and is silent', async () => {
    await bench.agent();
    const request = bench.request();
    bench.source.set(request);
    await bench.reaches(request.uid, 'running');
    const told = bench.source.reports.length;
    bench.source.update(request.uid, { recorded: { node: 'n2', progress: 'running' } });
    await bench.letPass(5_000);
    expect(bench.living).toBe(0);
    expect(bench.pcapFiles).toHaveLength(1);
    expect(bench.source.reports).toHaveLength(told);
  });

  it('nobody while the source is away: the capture goes on, and its end is told when the source is back', async () => {
    await bench.agent();
    const request = bench.request('web', { maxPackets: 5 });
    bench.source.set(request);
    await bench.reaches(request.uid, 'running');
    bench.source.reachable = false;
    await bench.letPass(40_000);
    expect(bench.living).toBe(1);
    bench.run.receive(5);
    await bench.letPass(120_000);
    expect(bench.pcapFiles).toHaveLength(1);
    bench.source.reachable = true;
    expect(await bench.reaches(request.uid, 'finished')).toMatchObject({ reason: 'PacketLimit' });
  });

  it('the age that files may have, and says so where they were listed', async () => {
    await bench.agent({ keepFilesFor: 3_600_000 });
    const request = bench.request('web', { maxPackets: 1 });
    bench.source.set(request);
    await bench.reaches(request.uid, 'running');
    bench.run.receive(1);
    expect(await bench.reaches(request.uid, 'finished')).not.toHaveProperty('filesRemoved');
    await bench.clock.advance(3_590_000);
    expect(bench.pcapFiles).toHaveLength(1);
    const amended = await bench.reaches(request.uid, 'finished', (report) => report.message.includes('removed'));
    expect(amended).toMatchObject({ filesRemoved: true, files: [] });
    await bench.letPass(1_000);
    expect(bench.pcapFiles).toEqual([]);
  });

  it('the age that files may have by the time that passes, not by a wall clock that is set', async () => {
    await bench.agent({ keepFilesFor: 3_600_000 });
    const request = bench.request('web', { maxPackets: 1 });
    bench.source.set(request);
    await bench.reaches(request.uid, 'running');
    bench.run.receive(1);
    await bench.reaches(request.uid, 'finished');
    bench.clock.jump(7_200_000);
    await bench.letPass(60_000);
    expect(bench.pcapFiles).toHaveLength(1);
    bench.clock.jump(-7_200_000);
    await bench.clock.advance(3_590_000);
    await bench.reaches(request.uid, 'finished', (report) => report.message.includes('removed'));
  });

  it('the new one of two requests with one name', async () => {
    await bench.agent();
    const old = bench.request('same');
    bench.source.set(old);
    await bench.reaches(old.uid, 'running');
    bench.run.receive(1);
    const next = bench.request('same', { maxPackets: 2 });
    bench.source.delete(old.uid);
    bench.source.set(next);
    await bench.reaches(next.uid, 'running');
    bench.run.receive(2);
    const end = await bench.reaches(next.uid, 'finished');
    await bench.letPass(10_000);
    expect('files' in end && end.files.map(({ name }) => name)).toEqual(bench.pcapFiles);
  });
});

describe('an agent that is restarted finds', () => {
  const mine = (progress: 'scheduled' | 'running' | 'finished') => ({ recorded: { node: 'n1', progress } });

  it('scheduled, and no manifest: starts', async () => {
    const request = bench.request();
    bench.source.set(request, mine('scheduled'));
    await bench.agent();
    await bench.reaches(request.uid, 'running');
  });

  for (const progress of ['scheduled', 'running'] as const) {
    it(`${progress}, and an open manifest with time left: goes on in a next segment and tells the gap`, async () => {
      const request = bench.request();
      await bench.leftBehind(request, 3);
      await bench.clock.advance(5_000);
      bench.source.set(request, mine(progress));
      await bench.agent();
      await bench.reaches(request.uid, 'running');
      bench.run.receive(2);
      bench.source.update(request.uid, { stop: true });
      const end = await bench.reaches(request.uid, 'finished');
      expect(end).toMatchObject({ reason: 'Partial', packets: { captured: 5 }, gaps: [{ reason: 'the agent was restarted' }] });
    });
  }

  it('a tcpdump that still runs: ends it before it goes on', async () => {
    const request = bench.request();
    await bench.leftBehind(request);
    bench.runner.leaveProcess(request.uid);
    bench.source.set(request, mine('running'));
    await bench.agent();
    await bench.reaches(request.uid, 'running');
    expect(await bench.runner.findProcesses(request.uid)).toHaveLength(1);
    expect(bench.living).toBe(1);
  });

  it('running, and an open manifest with no time left: finished, partial, with its files', async () => {
    const request = bench.request('web', { seconds: 60 });
    await bench.leftBehind(request, 3);
    await bench.clock.advance(120_000);
    bench.source.set(request, mine('running'));
    await bench.agent();
    expect(await bench.reaches(request.uid, 'finished')).toMatchObject({ reason: 'Partial', packets: { captured: 3 } });
    expect(bench.living).toBe(0);
  });

  it('running, and no manifest: failure, and never runs it again', async () => {
    const request = bench.request();
    bench.source.set(request, mine('running'));
    await bench.agent();
    expect(await bench.reaches(request.uid, 'failure')).toMatchObject({ reason: 'ManifestLost' });
    await bench.letPass(60_000);
    expect(bench.runner.runs).toEqual([]);
  });

  it('an end that was not told: tells it', async () => {
    const request = bench.request();
    const manifest = await bench.leftBehind(request);
    await bench.newEngine().continue(manifest, { kind: 'finish', reason: 'Stopped' }).result;
    bench.source.set(request, mine('running'));
    await bench.agent();
    expect(await bench.reaches(request.uid, 'finished')).toMatchObject({ packets: { captured: 3 } });
    expect(bench.runner.runs).toHaveLength(1);
  });

  it('terminal, and an open manifest: closes it and does not go on', async () => {
    const request = bench.request();
    await bench.leftBehind(request);
    bench.source.set(request, mine('finished'));
    await bench.agent();
    await bench.reaches(request.uid, 'finished');
    expect(bench.living).toBe(0);
    expect(bench.runner.runs).toHaveLength(1);
  });

  it("another node's, and an open manifest: closes it, keeps the files, reports nothing", async () => {
    const request = bench.request();
    await bench.leftBehind(request);
    bench.runner.leaveProcess(request.uid);
    bench.source.set(request, { recorded: { node: 'n2', progress: 'running' } });
    await bench.agent();
    await bench.letPass(5_000);
    expect(await bench.runner.findProcesses(request.uid)).toEqual([]);
    expect(bench.pcapFiles).toHaveLength(1);
    expect(bench.source.reports).toEqual([]);
  });

  it('an unreadable manifest: sets it aside, says so, keeps the files', async () => {
    const request = bench.request();
    const { id } = await bench.leftBehind(request);
    writeFileSync(join(bench.path, `${id}.json`), '{"schemaVersion":1,');
    bench.source.set(request, mine('running'));
    await bench.agent();
    expect(await bench.reaches(request.uid, 'failure')).toMatchObject({ reason: 'ManifestLost' });
    expect(bench.pcapFiles).toHaveLength(1);
  });

  it('a manifest whose request is gone: ends what runs, and removes the files', async () => {
    const request = bench.request();
    await bench.leftBehind(request);
    bench.runner.leaveProcess(request.uid);
    await bench.agent();
    await bench.letPass(15_000);
    await bench.eventually(() => bench.files.length === 0);
    expect(await bench.runner.findProcesses(request.uid)).toEqual([]);
  });

  it('no source: goes on capturing, removes nothing, and reports later', async () => {
    const request = bench.request();
    await bench.leftBehind(request, 3);
    bench.source.set(request, mine('running'));
    bench.source.reachable = false;
    await bench.agent();
    await bench.eventually(() => bench.living === 1);
    bench.run.receive(4);
    await bench.letPass(30_000);
    expect(bench.living).toBe(1);
    bench.source.reachable = true;
    bench.source.update(request.uid, { stop: true });
    expect(await bench.reaches(request.uid, 'finished')).toMatchObject({ packets: { captured: 7 } });
  });

  it('its own suspended captures: every one goes on', async () => {
    const first = await bench.agent();
    const requests = Array.from({ length: 5 }, (_, index) => bench.request(`c${index}`));
    for (const request of requests) bench.source.set(request);
    for (const request of requests) await bench.reaches(request.uid, 'running');
    await bench.until(first[Symbol.asyncDispose]());
    expect(bench.living).toBe(0);
    for (const { uid } of requests) expect(bench.source.get(uid)?.recorded.progress).toBe('running');
    await bench.agent();
    await bench.eventually(() => bench.living === 5);
  });
});
