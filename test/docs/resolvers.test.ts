import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCaptureEngine, type HostDeviceResolver, InterfaceResolverChain, type InterfaceResolver, SystemClock } from 'pcapper';
import { createContainer, TOKENS } from 'pcapper/di';
import { FakePodDirectory } from 'pcapper/testing';
import type { DependencyContainer } from 'tsyringe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubernetesClient } from '../../src/adapters/kubernetes/index.ts';
import { requires } from '../harness/requirements.ts';
import { CodeBlocks } from './code-blocks.ts';

let blocks: CodeBlocks;
beforeAll(() => {
  blocks = new CodeBlocks('docs/resolvers.md');
});
afterAll(() => blocks[Symbol.dispose]());
const load = async <T>(file: string) => (await import(/* @vite-ignore */ blocks.path(file))) as T;

describe('docs/resolvers.md', () => {
  it('has a resolver of about 40 lines', () => {
    const lines = readFileSync(blocks.path('acme-resolver.ts'), 'utf8').split('\n').filter((line) => line.trim() !== '');
    expect(lines.length).toBeLessThanOrEqual(43);
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
  });

  it('registers it in a container', async () => {
    const container = await createContainer();
    container.register(TOKENS.Clock, { useFactory: () => new SystemClock() });
    (await load<{ useAcme: (container: DependencyContainer) => void }>('container.ts')).useAcme(container);
    const resolver = container.resolve(TOKENS.InterfaceResolver);
    expect(resolver).toBeInstanceOf(InterfaceResolverChain);
    expect(resolver.name).toContain('Acme');
  });
});

requires('root', 'tcpdump', 'ip').describe('the engine of docs/resolvers.md', () => {
  it('asks it first', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pcapper-docs-'));
    try {
      const { openEngine } = await load<{ openEngine: (directory: string, node: string) => ReturnType<typeof createCaptureEngine> }>('engine.ts');
      await using engine = await openEngine(directory, 'n1');
      expect(engine.parts.resolver.name).toMatch(/^Acme, else/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
