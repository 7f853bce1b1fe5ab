import { readFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { ClaimedPod } from '../../src/core/capture-target.ts';
import { PodNotKnownError } from '../../src/core/errors/index.ts';
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
    servesAnyUid: true,
    goAway: () => {
      fake.goAway('shop/web-1');
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Serves by name and uid. */
const byUid = (fake: FakeInterfaceResolver): InterfaceResolver => ({
  name: 'by uid',
  resolve: (target, signal) => (target.kind === 'pod' && target.uid !== web.uid ? Promise.reject(new PodNotKnownError('Pod shop/web-1', 'it has another uid')) : fake.resolve(target, signal)),
});

describe('the contract of an InterfaceResolver', () => {
  describe('is kept by the fake', () => {
    interfaceResolverContract(it, () => Promise.resolve(subject()));
  });

  it('can be tested with node:test', async () => {
    expect(await inNodeTest('contract-in-node-test.ts')).toMatch(/# pass 13\n# fail 0/);
  });

  const errors = async (setUp: () => InterfaceResolverSubject): Promise<Map<string, unknown>> => {
    const tests: { name: string; body: () => Promise<void> }[] = [];
    interfaceResolverContract((name, body) => tests.push({ name, body }), () => Promise.resolve(setUp()));
    const failed = new Map<string, unknown>();
    for (const { name, body } of tests) await body().catch((error: unknown) => failed.set(name, error));
    return failed;
  };
  const failures = async (change: (fake: FakeInterfaceResolver) => InterfaceResolver): Promise<string[]> => [...(await errors(() => subject(change))).keys()];

  it('is broken by a resolver that serves any Pod of that name, unless it says so', async () => {
    const strict = (change?: (fake: FakeInterfaceResolver) => InterfaceResolver) => ({ ...subject(change), servesAnyUid: false });
    const broken = await errors(() => strict());
    expect([...broken.keys()]).toEqual(['refuses another Pod under the name of the one it serves']);
    expect(String([...broken.values()][0])).toContain('whose uid is another');
    expect((await errors(() => strict(byUid))).size).toBe(0);
    expect((await errors(() => ({ ...subject(), served: { kind: 'node', node: 'shop', interface: 'web-1' }, refused: { ...web, name: 'web-2' } }))).size).toBe(0);
  });

  it('is broken, within its own time and with all put away, by a target that goes without a word', { timeout: 60_000 }, async () => {
    let open = 0;
    const broken = await errors(() => {
      open += 1;
      return { ...subject(), goAway: () => Promise.resolve(), [Symbol.asyncDispose]: () => Promise.resolve(void (open -= 1)) };
    });
    expect([...broken.keys()]).toEqual(['tells that the target is gone, in a sentence', 'tells nothing after it was disposed']);
    for (const error of broken.values()) expect(String(error)).toContain('gone was not aborted within 10 s after goAway');
    expect(open).toBe(0);
  });

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
