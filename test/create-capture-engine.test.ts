import { readFileSync, writeFileSync } from 'node:fs';
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
    await expect(open(folder.path, { maxTotalFileSize: '1 Gigabyte' })).rejects.toThrow('"1 Gigabyte" is not a quantity of bytes');
    await expect(open(folder.path, { maxConcurrent: 0 })).rejects.toThrow('maxConcurrent');
    await using engine = await open(folder.path);
    expect(engine.settings).toMatchObject({ node: 'n1', maxConcurrent: 32 });
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
