import 'reflect-metadata';
import { container } from 'tsyringe';
import { describe, expect, it } from 'vitest';
import { openHostmount, readAgentSettings, registerPcapper, TOKENS } from 'pcapper/di';
import { silentLogger } from 'pcapper';
import { FakeInterfaceResolver } from 'pcapper/testing';
import { TestHostmount } from '../harness/agent-process.ts';

async function compose(folder: TestHostmount) {
  const settings = readAgentSettings({ NODE_NAME: 'n1', HOSTMOUNT: folder.path });
  const hostmount = await openHostmount({ path: folder.path, node: 'n1' });
  const connection = { server: new URL('http://127.0.0.1:1'), requestOptions: () => Promise.resolve({}) };
  return { hostmount, parts: registerPcapper(container.createChildContainer(), { settings, hostmount, connection, logger: silentLogger }) };
}

describe('registerPcapper', () => {
  it('makes every part once, and leaves the global container alone', async () => {
    using folder = new TestHostmount();
    const { hostmount, parts } = await compose(folder);
    await using _hostmount = hostmount;
    for (const token of Object.values(TOKENS)) {
      expect(parts.resolve(token as typeof TOKENS.Clock)).toBe(parts.resolve(token as typeof TOKENS.Clock));
      expect(container.isRegistered(token)).toBe(false);
    }
    expect(parts.resolve(TOKENS.CaptureEngine).settings).toMatchObject({ node: 'n1', maxConcurrent: 32 });
  });

  it('replaces a part by one registration', async () => {
    using folder = new TestHostmount();
    const { hostmount, parts } = await compose(folder);
    await using _hostmount = hostmount;
    const mine = new FakeInterfaceResolver();
    parts.register(TOKENS.InterfaceResolver, { useValue: mine });
    expect(parts.resolve(TOKENS.CaptureEngine).parts.resolver).toBe(mine);
  });
});
