import { expect, it } from 'vitest';
import { CaptureError, createCaptureEngine } from '../src/index.ts';
import { FakeTcpdumpRunner, ManualClock } from '../src/testing/index.ts';
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
});
