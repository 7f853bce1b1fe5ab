import { readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HostmountError } from '../../../src/core/errors/disk-errors.ts';
import { EngineBench } from './engine-bench.ts';

/** From now on the disk takes no manifest; answers with what lets it take them again. */
function refuseManifests({ directory, path }: EngineBench): () => void {
  const refused = () => Promise.reject(new HostmountError(path, 'it is read-only'));
  Object.assign(directory, { saveManifest: refused });
  return () => Reflect.deleteProperty(directory, 'saveManifest');
}

describe('a capture whose manifest cannot be written', () => {
  it('tells its end all the same, with what its files hold', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.receive(4);
    refuseManifests(bench);
    expect(await capture.stop()).toMatchObject({ progress: 'finished', reason: 'Stopped', packets: { captured: 4 } });
  });

  it('is a failure when its files lack packets, however it was to end', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.receive(4);
    bench.run.fillDisk();
    bench.run.receive(6);
    refuseManifests(bench);
    expect(await capture.stop()).toMatchObject({ progress: 'failure', reason: 'PacketsNotWritten', packets: { captured: 10 } });
  });

  it('is closed on disk once the disk takes it and whoever was told marks it as reported', async () => {
    using bench = new EngineBench();
    const capture = bench.engine.begin(bench.order());
    await capture.capturing;
    bench.run.receive(4);
    const takeManifests = refuseManifests(bench);
    capture.end({ kind: 'finish', reason: 'Stopped' });
    await capture.result;
    await expect(capture.markReported()).rejects.toThrow('read-only');
    takeManifests();
    await capture.markReported();
    const { manifests } = await bench.directory.loadManifests();
    expect(manifests[0]?.state).toMatchObject({ kind: 'closed', reported: true, result: { packets: { captured: 4 } } });
    expect(manifests[0]?.segments[0]?.end?.counters.captured).toBe(4);
  });

  it('does not hold up a suspension', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.receive(4);
    refuseManifests(bench);
    void capture.stop();
    await bench.engine.suspend();
    expect(bench.run.alive).toBe(false);
  });
});

describe('a capture whose files cannot be looked into', () => {
  it('is a failure that says why, with the counters of tcpdump', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.receive(4);
    Object.assign(bench.directory, { inspect: () => Promise.reject(new HostmountError(bench.path, 'the disk has failed')) });
    const result = await capture.stop();
    expect(result).toMatchObject({ progress: 'failure', reason: 'Hostmount', packets: { captured: 4 } });
    expect(result.message).toContain('the disk has failed');
    expect(result.files).toHaveLength(1);
  });

  it('and cannot even be listed is one, too', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    const gone = () => Promise.reject(new HostmountError(bench.path, 'it does not exist'));
    Object.assign(bench.directory, { files: gone, saveManifest: gone });
    expect(await capture.stop()).toMatchObject({ progress: 'failure', reason: 'Hostmount' });
  });
});

describe('a disk that fills', () => {
  it('is told together with how many packets the files lack', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.receive(4);
    bench.run.fillDisk();
    bench.run.receive(6);
    bench.guard.fill(2e15);
    const result = await capture.result;
    expect(result).toMatchObject({ progress: 'failure', reason: 'DiskFilled' });
    expect(result.message).toContain('Of 10 packets the files hold 4.');
  });
});

describe('counters', () => {
  it('do not go back while the files of a run that has ended are looked into', async () => {
    using bench = new EngineBench();
    const capture = bench.engine.begin(bench.order());
    await capture.capturing;
    bench.run.receive(4);
    const looking = Promise.withResolvers<undefined>();
    const seen = Promise.withResolvers<undefined>();
    const inspect = bench.directory.inspect.bind(bench.directory);
    Object.assign(bench.directory, {
      inspect: async (file: string) => {
        looking.resolve(undefined);
        await seen.promise;
        return inspect(file);
      },
    });
    capture.end({ kind: 'finish', reason: 'Stopped' });
    await looking.promise;
    expect((await capture.yield()).packets.captured).toBe(4);
    seen.resolve(undefined);
    await capture.result;
    expect((await capture.yield()).packets.captured).toBe(4);
  });
});

describe('a file without so much as a header', () => {
  it('is removed and not listed: no reader takes it', async () => {
    using bench = new EngineBench();
    const first = bench.engine.begin(bench.order());
    await first.capturing;
    const manifest = first.manifest;
    await bench.engine.suspend();
    if (manifest === undefined) throw new Error('nothing was begun');
    // As an agent leaves it that was killed before its tcpdump listened.
    for (const name of readdirSync(bench.path).filter((name) => name.includes('.pcap'))) writeFileSync(`${bench.path}/${name}`, '');
    const segments = manifest.segments.map(({ file, fileCount, maxFileSize, started, device }) => ({ file, fileCount, maxFileSize, started, device }));
    const next = bench.newEngine().continue({ ...manifest, segments });
    await bench.until(next.capturing);
    bench.run.receive(2);
    next.end({ kind: 'finish', reason: 'Stopped' });
    const { files } = await next.result;
    expect(files).toHaveLength(1);
    expect(files[0]?.bytes).toBeGreaterThan(24);
    expect(readdirSync(bench.path).filter((name) => name.includes('.pcap'))).toEqual(files.map(({ name }) => name));
  });

  it('is not listed either when a disk that takes nothing keeps it from being removed', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    for (const name of readdirSync(bench.path).filter((name) => name.includes('.pcap'))) writeFileSync(`${bench.path}/${name}`, '');
    Object.assign(bench.directory, { removeFile: () => Promise.reject(new HostmountError(bench.path, 'it is read-only')) });
    refuseManifests(bench);
    const result = await capture.stop();
    expect(result).toMatchObject({ progress: 'failure', reason: 'Hostmount', files: [] });
    expect(readdirSync(bench.path).filter((name) => name.includes('.pcap'))).toHaveLength(1);
  });
});

describe('a stop', () => {
  it('that comes before the next segment has begun tells what was missed', async () => {
    using bench = new EngineBench();
    const first = bench.engine.begin(bench.order());
    await first.capturing;
    bench.run.receive(3);
    await bench.engine.suspend();
    await bench.clock.advance(5_000);
    const { manifest } = first;
    if (manifest === undefined) throw new Error('nothing was begun');
    const next = bench.newEngine().continue(manifest, { kind: 'finish', reason: 'Stopped' });
    const result = await next.result;
    expect(result).toMatchObject({ progress: 'finished', reason: 'Partial', packets: { captured: 3 } });
    expect(result.gaps).toMatchObject([{ reason: 'the agent was restarted' }]);
  });

  it('that tcpdump does not obey, so that it is killed, is partial', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.receive(3);
    bench.run.hang();
    const result = await capture.stop();
    expect(result).toMatchObject({ progress: 'finished', reason: 'Partial', packets: { captured: 3 } });
    expect(result.message).toContain('had to be killed');
  });
});
