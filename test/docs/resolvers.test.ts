import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type createCaptureEngine, type HostDeviceResolver, type InterfaceResolver, silentLogger, SystemClock } from 'pcapper';
import { createContainer, openHostmount, readAgentSettings, registerPcapper, TOKENS } from 'pcapper/di';
import { FakePodDirectory } from 'pcapper/testing';
import type { DependencyContainer } from 'tsyringe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubernetesClient } from '../../src/adapters/kubernetes/index.ts';
import { TestHostmount } from '../harness/agent-process.ts';
import { requires } from '../harness/requirements.ts';
import { CodeBlocks } from './code-blocks.ts';

let blocks: CodeBlocks;
beforeAll(() => {
  blocks = new CodeBlocks('docs/resolvers.md');
});
afterAll(() => blocks[Symbol.dispose]());
const load = async <T>(file: string) => (await import(/* @vite-ignore */ blocks.path(file))) as T;

describe('docs/resolvers.md', () => {
  it('has resolvers of 40 lines and less', () => {
    const lines = (file: string) => readFileSync(blocks.path(file), 'utf8').split('\n').filter((line) => line.trim() !== '' && !line.startsWith('//')).length;
    expect(lines('nimbus-naming.ts')).toBeLessThanOrEqual(20);
    expect(lines('acme-resolver.ts')).toBeLessThanOrEqual(40);
  });

  it('has resolvers that can be made', async () => {
    const { resolvers } = await load<{ resolvers: (clock: SystemClock, pods: FakePodDirectory, client: KubernetesClient) => Record<string, InterfaceResolver> }>('resolvers.ts');
    using client = new KubernetesClient({ server: new URL('http://127.0.0.1:1'), requestOptions: () => Promise.resolve({}) });
    const made = Object.values(resolvers(new SystemClock(), new FakePodDirectory(), client));
    expect(made).toHaveLength(6);
    const node = { kind: 'node', node: 'n1', interface: 'eth0' } as const;
    for (const resolver of made) await expect(resolver.resolve(node)).rejects.toMatchObject({ code: 'TargetNotServed' });
  });

  it('has a naming of a few lines that is a resolver', async () => {
    const { acme } = await load<{ acme: HostDeviceResolver }>('acme-naming.ts');
    const uid = crypto.randomUUID();
    const pod = { kind: 'pod', namespace: 'shop', name: 'web-1', uid, cgroupUid: uid, hostNetwork: false } as const;
    await expect(acme.resolve(pod)).rejects.toThrow(`acme${uid.replaceAll('-', '').slice(0, 11)}`);
    await expect(acme.resolve({ ...pod, interface: 'net1' })).rejects.toMatchObject({ code: 'TargetNotServed' });
  });

  it('registers it in front of those that the agent has, which serve what it does not', async () => {
    using folder = new TestHostmount();
    const settings = readAgentSettings({ NODE_NAME: 'n1', HOSTMOUNT: folder.path });
    await using hostmount = await openHostmount({ path: folder.path, node: 'n1' });
    const connection = { server: new URL('http://127.0.0.1:1'), requestOptions: () => Promise.resolve({}) };
    const container = registerPcapper(await createContainer(), { settings, hostmount, connection, logger: silentLogger });
    (await load<{ useNimbus: (parts: DependencyContainer) => void }>('container.ts')).useNimbus(container);
    const { resolver } = container.resolve(TOKENS.CaptureEngine).parts;
    expect(resolver.name).toBe('Nimbus, else Pod network namespace, else Node interface');
    await using lo = await resolver.resolve({ kind: 'node', node: 'n1', interface: 'lo' });
    expect(lo.device).toBe('lo');
  });
});

requires('root', 'tcpdump', 'ip').describe('the engine of docs/resolvers.md', () => {
  it('asks it first', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pcapper-docs-'));
    try {
      const { openEngine } = await load<{ openEngine: (directory: string, node: string) => ReturnType<typeof createCaptureEngine> }>('engine.ts');
      await using engine = await openEngine(directory, 'n1');
      expect(engine.parts.resolver.name).toMatch(/^Nimbus, else/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
