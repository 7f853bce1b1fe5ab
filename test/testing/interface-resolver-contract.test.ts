import { readFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { ClaimedPod } from '../../src/core/capture-target.ts';
import type { InterfaceResolver } from '../../src/core/interface-resolver.ts';
import { FakeInterfaceResolver } from '../../src/testing/fake-interface-resolver.ts';
import { interfaceResolverContract, type InterfaceResolverSubject } from '../../src/testing/interface-resolver-contract.ts';
import { inNodeTest } from './in-node-test.ts';

const web: ClaimedPod = { kind: 'pod', namespace: 'shop', name: 'web-1', uid: 'u', cgroupUid: 'u', hostNetwork: false };

function subject(change: (fake: FakeInterfaceResolver) => InterfaceResolver = (fake) => fake): InterfaceResolverSubject {
  const fake = new FakeInterfaceResolver();
  fake.serve('shop/web-1');
  return {
    resolver: change(fake),
    served: web,
    refused: { ...web, name: 'web-2' },
    goAway: () => {
      fake.goAway('shop/web-1');
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

describe('the contract of an InterfaceResolver', () => {
  describe('is kept by the fake', () => {
    interfaceResolverContract(it, () => Promise.resolve(subject()));
  });

  it('can be tested with node:test', async () => {
    expect(await inNodeTest('contract-in-node-test.ts')).toMatch(/# pass 12\n# fail 0/);
  });

  const failures = async (change: (fake: FakeInterfaceResolver) => InterfaceResolver): Promise<string[]> => {
    const tests: { name: string; body: () => Promise<void> }[] = [];
    interfaceResolverContract((name, body) => tests.push({ name, body }), () => Promise.resolve(subject(change)));
    const failed: string[] = [];
    for (const { name, body } of tests) await body().catch(() => failed.push(name));
    return failed;
  };

  it('is broken by a file descriptor that stays open', async () => {
    const files: FileHandle[] = [];
    const broken = await failures((fake) => ({
      name: 'leaks',
      resolve: async (target, signal) => {
        const file = await open('/proc/self/ns/net');
        files.push(file);
        return { ...(await fake.resolve(target, signal)), networkNamespace: { fd: file.fd, inode: (await file.stat({ bigint: true })).ino } };
      },
    }));
    for (const file of files) await file.close();
    expect(broken).toEqual(['holds the namespace open until disposed, once or twice']);
  });

  it('is broken by a refusal without a code, an odd device, and a target that is gone from the start', async () => {
    expect(await failures((fake) => ({ name: 'vague', resolve: (target, signal) => fake.resolve(target, signal).catch(() => Promise.reject(new Error('no'))) }))).toEqual([
      'refuses by a CaptureError',
      'does nothing for someone who has given up, and says their reason',
    ]);
    expect(await failures((fake) => ({ name: 'odd', resolve: async (target, signal) => ({ ...(await fake.resolve(target, signal)), device: '1' }) }))).toEqual([
      'resolves a target to a device that can be captured, and that is there',
    ]);
    expect(
      await failures((fake) => ({ name: 'gone', resolve: async (target, signal) => ({ ...(await fake.resolve(target, signal)), gone: AbortSignal.abort() }) })),
    ).toContain('resolves a target to a device that can be captured, and that is there');
  });

  it('has no need of a test runner of its own', () => {
    const source = readFileSync(new URL('../../src/testing/interface-resolver-contract.ts', import.meta.url), 'utf8');
    expect(source).not.toMatch(/vitest|node:test/);
  });
});
