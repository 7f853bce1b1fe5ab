import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CaptureError, createCaptureEngine } from '../src/index.ts';
import { FakeInterfaceResolver, FakeTcpdumpRunner, ManualClock } from '../src/testing/index.ts';
import { TestHostmount } from './harness/agent-process.ts';
import { requires } from './harness/requirements.ts';

requires('nsenter').describe('createCaptureEngine', () => {
  const clock = new ManualClock();
  const open = (path: string, options = {}) => createCaptureEngine({ directory: path, node: 'n1', clock, runner: new FakeTcpdumpRunner(clock), ...options });

  it('lets go of the folder when it cannot make an engine', async () => {
    using folder = new TestHostmount();
    await expect(open(folder.path, { maxConcurrent: 0 })).rejects.toThrow('maxConcurrent');
    await using engine = await open(folder.path);
    expect(engine.settings).toMatchObject({ node: 'n1', maxConcurrent: 32 });
  });

  it.each([
    ['maxTotalFileSize', '10GB', 'maxTotalFileSize is "10GB". It must be a Kubernetes quantity of bytes, as "500M" or "2Gi", or a whole number of them.'],
    ['maxTotalFileSize', 10, 'maxTotalFileSize is "10". It must be at least 2.7 MB, which the smallest capture reserves: a number is bytes, and "10G" is ten gigabytes.'],
    ['maxTotalFileSize', Number.NaN, 'maxTotalFileSize is "NaN".'],
    ['minFreeDisk', -1, 'minFreeDisk is "-1".'],
    ['minFreeDisk', 5n, 'minFreeDisk is "5".'],
    ['minFreeDisk', null, 'minFreeDisk is "null".'],
    ['directory', 'captures', 'directory is "captures". It must be an absolute path.'],
    ['directory', undefined, 'directory is "nothing".'],
    ['node', '', 'node is "". It must be a name that can be part of a file name: letters, digits, "-" and ".", at most 241 of them.'],
    ['node', undefined, 'node is "nothing".'],
    ['identity', 'n1/one', 'identity is "n1/one".'],
    ['identity', 'a'.repeat(250), 'identity is "aaa'],
    ['maxConcurrent', 0, 'maxConcurrent is "0". It must be a whole number from 1.'],
    ['maxConcurrent', Infinity, 'maxConcurrent is "Infinity".'],
    ['maxSegments', 1.5, 'maxSegments is "1.5". It must be a whole number from 1.'],
    ['targetPatience', -5, 'targetPatience is "-5". It must be a number of milliseconds from 0.'],
    ['targetPatience', Number.NaN, 'targetPatience is "NaN".'],
    ['promiscuous', true, 'promiscuous is "true". It must be a function of the target.'],
    ['allowHostNetwork', 'false', 'allowHostNetwork is "false". It must be true or false.'],
  ])('refuses an option that is wrong, and names it: %s %s', async (option, given, message) => {
    using folder = new TestHostmount();
    const refusal: unknown = await open(folder.path, { [option]: given }).catch((error: unknown) => error);
    expect(CaptureError.is(refusal) && [refusal.code, refusal.message]).toEqual(['SettingInvalid', expect.stringContaining(message)]);
    await (await open(folder.path))[Symbol.asyncDispose]();
  });

  it('takes an option that is given as undefined for one that is not given', async () => {
    using folder = new TestHostmount();
    await using engine = await open(folder.path, { identity: undefined, maxTotalFileSize: undefined, maxConcurrent: undefined, promiscuous: undefined });
    expect(engine.settings).toMatchObject({ node: 'n1', maxConcurrent: 32, maxSegments: 100 });
    expect((await engine.parts.guard.usage()).maxTotal).toBe(10e9);
    expect(engine.identity).toBe('n1');
  });

  it('says when it has lost the folder, and why', async () => {
    using folder = new TestHostmount();
    const path = join(folder.path, 'captures');
    mkdirSync(path);
    await using engine = await open(path);
    expect(engine.lost.aborted).toBe(false);
    const lost = once(engine.lost, 'abort');
    renameSync(path, `${path}-moved`);
    mkdirSync(path);
    await lost;
    expect(engine.lost.reason).toMatchObject({ code: 'Hostmount', message: expect.stringContaining('another folder has taken its place') as string });
  });

  it('lets go of the folder when the engine is disposed, and of nothing before', async () => {
    using folder = new TestHostmount();
    const first = await open(folder.path);
    const refusal = await open(folder.path).catch((error: unknown) => error);
    expect(CaptureError.is(refusal) && [refusal.code, refusal.name]).toEqual(['HostmountLocked', 'HostmountLockedError']);
    await first[Symbol.asyncDispose]();
    await (await open(folder.path))[Symbol.asyncDispose]();
  });

  it('gives back what a dead engine of the node had reserved when it first captures, but not what is to be continued', async () => {
    using folder = new TestHostmount();
    const ledger = join(folder.path, '.pcapper-ledger.json');
    const entry = (captureUid: string, node: string) => ({ captureUid, node, bytes: 1000, files: [], expires: clock.now() + 3_600_000 });
    const left = [entry('abandoned', 'n1'), entry('continued', 'n1'), entry('other', 'n2')];
    const entered = () => (JSON.parse(readFileSync(ledger, 'utf8')) as { entries: { captureUid: string }[] }).entries.map(({ captureUid }) => captureUid);
    const resolver = new FakeInterfaceResolver();
    resolver.serve('n1/eth0');
    const target = { kind: 'node', node: 'n1', interface: 'eth0' } as const;
    const limits = { maxFileSize: 1_000_000, fileCount: 2, snapLength: 262_144 };
    for (const continued of [[], ['continued']]) {
      writeFileSync(ledger, JSON.stringify({ schemaVersion: 1, entries: left }));
      await using engine = await open(folder.path, { resolver, minFreeDisk: 0 });
      expect(entered()).toEqual(['abandoned', 'continued', 'other']);
      if (continued.length > 0) await engine.adopt(continued);
      await using _capture = await engine.start({ request: { uid: 'new', name: 'web', target, limits }, target });
      expect(entered()).toEqual([...continued, 'other', 'new']);
    }
  });
});
