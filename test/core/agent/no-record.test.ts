import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CaptureManifest } from '../../../src/core/capture-manifest.ts';
import type { CaptureRequest } from '../../../src/core/capture-request.ts';
import { HostmountError, PodNotFoundError, RequestInvalidError } from '../../../src/core/errors/index.ts';
import { FakeCaptureSource } from '../../../src/testing/index.ts';
import { AgentBench, POD } from './agent-bench.ts';

/** An agent with a source that keeps no record of progress, as annotations of Pods. */
let bench: AgentBench;
beforeEach(() => {
  bench = new AgentBench();
  bench.source.keepsRecord = false;
  bench.source.goneGrace = 0;
});
afterEach(() => bench.close());

/** What the Pod asks for: without a time limit, one at a time. */
const asked = (limits: Partial<CaptureRequest['limits']> = {}, changes: Partial<CaptureRequest> = {}): CaptureRequest => {
  const request = bench.request('shop.web-1', limits, { fileNames: ['capture-web-1', 'capture-web-1_shop'], slot: 'pod-1', ...changes });
  const { seconds, ...rest } = request.limits;
  return { ...request, limits: { ...rest, ...('seconds' in limits && seconds !== undefined && { seconds }) } };
};

const runs = () => bench.runner.runs.map(({ spec }) => `${spec.captureUid} ${spec.path.slice(bench.path.length + 1)}`);

/** Asks for it, and waits until it is captured. */
const captures = async (request: CaptureRequest) => {
  bench.source.set(request);
  await bench.reaches(request.uid, 'running');
};

describe('a request whose origin keeps no record', () => {
  it('is captured into files of the name that it asks for, until it is gone; then nothing is left of it', async () => {
    await bench.agent();
    const request = asked();
    await captures(request);
    bench.run.receive(3);
    expect(bench.files.sort()).toEqual(['capture-web-1.json', 'capture-web-1.pcap0']);
    bench.source.delete(request.uid);
    expect(await bench.reaches(request.uid, 'removed')).toMatchObject({ message: 'It is not asked for any more. Its files were removed.', target: { uid: 'pod-1' } });
    expect(bench.files).toEqual([]);
    expect(bench.living).toBe(0);
    expect(bench.progressOf(request.uid)).toEqual(['scheduled', 'running', 'removed']);
  });

  it('is stopped at once: one answer is proof', async () => {
    await bench.agent();
    const request = asked();
    await captures(request);
    const before = bench.clock.uptime();
    bench.source.delete(request.uid);
    await bench.reaches(request.uid, 'removed');
    expect(bench.clock.uptime() - before).toBeLessThan(2_500);
  });

  it('is taken with its warnings', async () => {
    await bench.agent();
    const request = asked({ fileCount: 1 });
    bench.source.set(request, { demand: { valid: true, request, warnings: ['Mind the ring.'] } });
    expect(await bench.reaches(request.uid, 'scheduled')).toMatchObject({ warnings: ['Mind the ring.'], message: 'Node n1 takes Pod shop/web-1. Mind the ring.' });
  });

  it('is refused without being taken when it is invalid, once', async () => {
    await bench.agent();
    const request = asked();
    const error = new RequestInvalidError({ problem: 'It is nonsense.', advice: 'Correct it.' });
    bench.source.set(request, { demand: { valid: false, target: request.target, error } });
    await bench.reaches(request.uid, 'failure');
    await bench.letPass(120_000);
    expect(bench.progressOf(request.uid)).toEqual(['failure']);
    expect(bench.files).toEqual([]);
  });

  it('goes on in the next agent, in a file of a later segment, and not twice', async () => {
    await bench.agent();
    const request = asked();
    await captures(request);
    bench.run.receive(2);
    await bench.restart();
    await bench.eventually(() => bench.living === 1);
    bench.run.receive(2);
    await bench.letPass(60_000);
    expect(bench.living).toBe(1);
    expect(bench.pcapFiles.sort()).toEqual([expect.stringMatching(/^capture-web-1\.\d{10}\.pcap0$/) as string, 'capture-web-1.pcap0']);
    bench.source.delete(request.uid);
    await bench.reaches(request.uid, 'removed');
    expect(bench.files).toEqual([]);
  });

  it('is removed by the next agent when it went while none was there', async () => {
    const agent = await bench.agent();
    const request = asked();
    await captures(request);
    await bench.until(agent[Symbol.asyncDispose]());
    bench.source.delete(request.uid);
    await bench.agent();
    await bench.reaches(request.uid, 'removed');
    expect(bench.files).toEqual([]);
    expect(bench.runner.runs).toHaveLength(1);
  });

  it('goes on when it is not known any more and not surely gone', async () => {
    await bench.agent();
    const request = asked();
    await captures(request);
    bench.source.withhold(request.uid);
    await bench.letPass(120_000);
    expect(bench.living).toBe(1);
    await bench.restart();
    await bench.eventually(() => bench.living === 1);
    bench.source.set(request);
    await bench.letPass(60_000);
    expect(bench.living).toBe(1);
  });
});

describe('what has ended of such requests', () => {
  const endByTime = async () => {
    await bench.agent();
    const request = asked({ seconds: 5 });
    await captures(request);
    bench.run.receive(2);
    expect(await bench.reaches(request.uid, 'finished')).toMatchObject({ reason: 'TimeLimit' });
    return request;
  };

  it('is not run again, neither by this agent nor by the next', async () => {
    const request = await endByTime();
    await bench.letPass(120_000);
    await bench.restart();
    bench.source.set(request);
    await bench.letPass(120_000);
    expect(bench.runner.runs).toHaveLength(1);
    expect(bench.pcapFiles).toEqual(['capture-web-1.pcap0']);
  });

  it('is told by the next agent where it was not told', async () => {
    const agent = await bench.agent();
    const request = asked({ seconds: 5 });
    await captures(request);
    bench.run.receive(2);
    // Closed on disk and told to nobody, as after a kill in between.
    const report = bench.source.report.bind(bench.source);
    bench.source.report = (told) => (told.progress === 'finished' ? Promise.reject(new Error('not now')) : report(told));
    await bench.letPass(20_000);
    await bench.until(agent[Symbol.asyncDispose]());
    bench.source.report = report;
    await bench.agent();
    await bench.reaches(request.uid, 'finished');
    await bench.letPass(60_000);
    expect(bench.runner.runs).toHaveLength(1);
  });

  it('goes with the request, which then can be made again', async () => {
    const request = await endByTime();
    bench.source.delete(request.uid);
    await bench.reaches(request.uid, 'removed');
    expect(bench.files).toEqual([]);
    bench.source.set(request);
    await bench.eventually(() => bench.living === 1);
    expect(runs()).toEqual([`${request.uid} capture-web-1.pcap`, `${request.uid} capture-web-1.pcap`]);
  });

  it('is still not run again when its files were kept long enough', async () => {
    await bench.agent({ keepFilesFor: 3_600_000 });
    const request = asked({ seconds: 5 });
    await captures(request);
    bench.run.receive(2);
    await bench.reaches(request.uid, 'finished');
    await bench.letPass(3_700_000);
    expect(bench.pcapFiles).toEqual([]);
    expect(bench.source.reports.filter((report) => 'filesRemoved' in report)).toHaveLength(1);
    for (const agent of [await bench.restart()]) await bench.until(agent[Symbol.asyncDispose]());
    await bench.agent({ keepFilesFor: 3_600_000 });
    await bench.letPass(3_700_000);
    expect(bench.runner.runs).toHaveLength(1);
    expect(bench.source.reports.filter((report) => 'filesRemoved' in report)).toHaveLength(1);
    bench.source.delete(request.uid);
    await bench.reaches(request.uid, 'removed');
    expect(bench.files).toEqual([]);
  });

  it('is tried again by the next agent where it never got as far as a manifest', async () => {
    bench.resolver.refuse(POD, new PodNotFoundError(`Pod ${POD}`, 1));
    await bench.agent();
    const request = asked();
    bench.source.set(request);
    await bench.reaches(request.uid, 'failure');
    await bench.letPass(120_000);
    expect(bench.progressOf(request.uid)).toEqual(['scheduled', 'failure']);
    bench.resolver.serve(POD);
    await bench.restart();
    await bench.eventually(() => bench.living === 1);
  });

  it('is told as lost where its manifest cannot be read, and its files are kept', async () => {
    const agent = await bench.agent();
    const request = asked();
    await captures(request);
    bench.run.receive(2);
    await bench.until(agent[Symbol.asyncDispose]());
    writeFileSync(join(bench.path, 'capture-web-1.json'), '{');
    await bench.agent();
    expect(await bench.reaches(request.uid, 'failure')).toMatchObject({ reason: 'ManifestLost' });
    await bench.letPass(120_000);
    expect(bench.runner.runs).toHaveLength(1);
    expect(bench.files.sort()).toEqual(['capture-web-1.json.unreadable-1', 'capture-web-1.pcap0']);
  });
});

describe('a manifest that cannot be read', () => {
  it('of a Pod whose name begins with that of another is not taken for that of the other', async () => {
    for (const name of ['capture-web-1.json.json', 'n1.shop.web-1.5.json.6.json']) writeFileSync(join(bench.path, name), '{');
    for (const name of ['capture-web-1.json.pcap0', 'n1.shop.web-1.5.json.6.pcap0']) writeFileSync(join(bench.path, name), '');
    await bench.agent();
    expect(bench.files.filter((name) => name.includes('unreadable'))).toHaveLength(2);
    const request = asked();
    await captures(request);
    expect(runs()).toEqual([`${request.uid} capture-web-1.pcap`]);
  });
});

describe('of requests of one slot', () => {
  it('the next begins when nothing is left of the one before, and has its file names', async () => {
    await bench.agent();
    const [before, after] = [asked(), asked({ fileCount: 5 })];
    await captures(before);
    bench.source.delete(before.uid);
    bench.source.set(after);
    await bench.reaches(after.uid, 'running');
    expect(bench.progressOf(before.uid)).toEqual(['scheduled', 'running', 'removed']);
    expect(bench.source.reports.findIndex(({ uid, progress }) => uid === before.uid && progress === 'removed')).toBeLessThan(
      bench.source.reports.findIndex(({ uid }) => uid === after.uid),
    );
    expect(runs()).toEqual([`${before.uid} capture-web-1.pcap`, `${after.uid} capture-web-1.pcap`]);
    expect(bench.files.sort()).toEqual(['capture-web-1.json', 'capture-web-1.pcap0']);
  });

  it('the next waits for the one before in whatever order they are told, and also for one that has ended', async () => {
    await bench.agent();
    const [before, after] = [asked({ seconds: 5 }), asked({ fileCount: 5 })];
    await captures(before);
    await bench.reaches(before.uid, 'finished');
    bench.source.set(after);
    await bench.letPass(60_000);
    expect(bench.progressOf(after.uid)).toEqual([]);
    bench.source.delete(before.uid);
    await bench.reaches(after.uid, 'running');
    expect(runs().at(-1)).toBe(`${after.uid} capture-web-1.pcap`);
  });

  it('the next waits also in another agent', async () => {
    const agent = await bench.agent();
    const [before, after] = [asked(), asked({ fileCount: 5 })];
    await captures(before);
    await bench.until(agent[Symbol.asyncDispose]());
    bench.source.delete(before.uid);
    bench.source.set(after);
    await bench.agent();
    await bench.reaches(after.uid, 'running');
    expect(runs()).toEqual([`${before.uid} capture-web-1.pcap`, `${after.uid} capture-web-1.pcap`]);
    expect(bench.living).toBe(1);
  });

  it('the next is looked at again, where it could not be told that the one before is gone', async () => {
    await bench.agent();
    const [before, after] = [asked(), asked({ fileCount: 5 })];
    await captures(before);
    const isGone = bench.source.isGone.bind(bench.source);
    bench.source.isGone = () => Promise.resolve(false);
    bench.source.delete(before.uid);
    bench.source.set(after);
    await bench.letPass(10_000);
    expect(bench.progressOf(after.uid)).toEqual([]);
    bench.source.isGone = isGone;
    const since = bench.clock.uptime();
    await bench.reaches(after.uid, 'running');
    expect(bench.clock.uptime() - since).toBeLessThan(15_000);
  });

  it('one whose filter does not compile is refused, and the one before goes on', async () => {
    await bench.agent();
    const before = asked();
    await captures(before);
    bench.runner.refuseFilter('icmp and and');
    const after = asked({}, { filter: 'icmp and and' });
    bench.source.withhold(before.uid);
    bench.source.set(after);
    expect(await bench.reaches(after.uid, 'failure')).toMatchObject({ reason: 'FilterInvalid' });
    await bench.letPass(60_000);
    expect(bench.progressOf(after.uid)).toEqual(['failure']);
    expect(bench.run.spec.captureUid).toBe(before.uid);
    expect(bench.living).toBe(1);
  });

  it('the next begins when the one before fails without having begun, or is given back', async () => {
    await bench.agent();
    bench.resolver.refuse(POD, new PodNotFoundError(`Pod ${POD}`, 1));
    const [failing, after] = [asked(), asked({ fileCount: 5 })];
    bench.source.set(failing);
    await bench.reaches(failing.uid, 'failure');
    bench.resolver.serve(POD);
    bench.source.set(after);
    await bench.reaches(after.uid, 'running');
  });

  it('one that is removed and asked for again, a hundred times as fast as can be, ends right', async () => {
    await bench.agent();
    const request = asked();
    for (let round = 0; round < 100; round += 1) {
      bench.source.set(request);
      if (round % 3 > 0) await bench.clock.advance(round * 20);
      bench.source.delete(request.uid);
      if (round % 2 > 0) await bench.clock.advance(round * 10);
    }
    await bench.letPass(20_000);
    expect({ living: bench.living, files: bench.files }).toEqual({ living: 0, files: [] });
    bench.source.set(request);
    await bench.eventually(() => bench.living === 1);
    await bench.letPass(20_000);
    expect({ living: bench.living, files: bench.pcapFiles }).toEqual({ living: 1, files: ['capture-web-1.pcap0'] });
  });
});

describe('two requests that ask for one name', () => {
  it('get one each, and keep it over a restart', async () => {
    bench.pods.set({ namespace: 'yard', name: 'web-1', uid: 'pod-2' });
    bench.resolver.serve('yard/web-1');
    await bench.agent();
    const mine = asked();
    const theirs = asked({}, { name: 'yard.web-1', target: { kind: 'pod', namespace: 'yard', name: 'web-1' }, fileNames: ['capture-web-1', 'capture-web-1_yard'], slot: 'pod-2' });
    await captures(mine);
    await captures(theirs);
    expect(runs()).toEqual([`${mine.uid} capture-web-1.pcap`, `${theirs.uid} capture-web-1_yard.pcap`]);
    bench.source.delete(mine.uid);
    await bench.reaches(mine.uid, 'removed');
    expect(bench.files.sort()).toEqual(['capture-web-1_yard.json', 'capture-web-1_yard.pcap0']);
    await bench.restart();
    await bench.eventually(() => bench.living === 1);
    expect(bench.pcapFiles.sort()).toEqual([expect.stringMatching(/^capture-web-1_yard\.\d{10}\.pcap0$/) as string, 'capture-web-1_yard.pcap0']);
  });
});

describe('an agent that ends', () => {
  it('removes what is suspended of the sources that it is told to, and only the files of what has ended', async () => {
    const other = new FakeCaptureSource('Other');
    const agent = await bench.agent({ sources: [bench.source, other], sinks: [bench.source, other], removeAtExit: ['PacketCapture'] });
    const ended = asked({ seconds: 2 }, { slot: 'another' });
    await captures(ended);
    bench.run.receive(1);
    await bench.reaches(ended.uid, 'finished');
    const running = asked({}, { fileNames: ['capture-web-1_shop'] });
    await captures(running);
    const kept = bench.request('kept', {}, {});
    other.set(kept);
    await bench.until(other.reported(({ progress }) => progress === 'running'));
    bench.run.receive(1);
    await bench.until(agent[Symbol.asyncDispose]());
    expect(bench.living).toBe(0);
    expect(bench.files.sort()).toEqual(['capture-web-1.json', expect.stringMatching(/^n1\.kept\.\d+\.json$/) as string, expect.stringMatching(/^n1\.kept\.\d+\.pcap0$/) as string]);
    expect(await bench.reaches(running.uid, 'removed')).toMatchObject({ message: 'The agent ends. Its files were removed.' });

    await bench.agent({ sources: [bench.source, other], sinks: [bench.source, other] });
    await bench.eventually(() => bench.living === 2);
    await bench.letPass(20_000);
    expect(bench.runner.runs.filter(({ spec }) => spec.captureUid === ended.uid)).toHaveLength(1);
    expect(bench.runner.runs.filter(({ spec }) => spec.captureUid === running.uid)).toHaveLength(2);
  });
});

describe('an agent that ends on a disk that it cannot remove all from', () => {
  it('removes what it can, and tells what it has to tell', async () => {
    let closed = 0;
    const sink = { report: () => Promise.resolve(), close: () => Promise.resolve(void (closed += 1)) };
    const agent = await bench.agent({ sinks: [bench.source, sink], removeAtExit: ['PacketCapture'] });
    const [stuck, other] = [asked(), asked({}, { slot: 'pod-2' })];
    await captures(stuck);
    await captures(other);
    const remove = bench.directory.removeCapture.bind(bench.directory);
    const failing = (manifest: CaptureManifest) => (manifest.request.uid === stuck.uid ? Promise.reject(new HostmountError(bench.path, 'read-only')) : remove(manifest));
    Object.assign(bench.directory, { removeCapture: failing });
    await bench.until(agent[Symbol.asyncDispose]());
    expect(bench.progressOf(other.uid)).toEqual(['scheduled', 'running', 'removed']);
    expect(bench.progressOf(stuck.uid)).toEqual(['scheduled', 'running']);
    expect(bench.files).toContain('capture-web-1.json');
    expect(bench.files).not.toContain('capture-web-1_shop.json');
    expect(closed).toBe(1);
  });
});

describe('a capture without a time limit whose source is not there', () => {
  it('waits for it', async () => {
    const agent = await bench.agent();
    const request = asked();
    await captures(request);
    bench.run.receive(1);
    await bench.until(agent[Symbol.asyncDispose]());
    const without = await bench.agent({ sources: [new FakeCaptureSource('Other')], sinks: [] });
    await bench.letPass(120_000);
    expect(bench.living).toBe(0);
    expect(bench.pcapFiles).toEqual(['capture-web-1.pcap0']);
    await bench.until(without[Symbol.asyncDispose]());
    await bench.agent();
    await bench.eventually(() => bench.living === 1);
  });
});
