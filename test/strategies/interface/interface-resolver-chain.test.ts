import { describe, expect, it } from 'vitest';
import type { ClaimedPod } from '../../../src/core/capture-target.ts';
import {
  HostNetworkRefusedError,
  HostSideNotFoundError,
  InterfaceNotResolvedError,
  NoDefaultRouteError,
  PodNotFoundError,
  TargetNotServedError,
} from '../../../src/core/errors/index.ts';
import { InterfaceResolverChain } from '../../../src/strategies/interface/interface-resolver-chain.ts';
import { FakeInterfaceResolver } from '../../../src/testing/fake-interface-resolver.ts';
import { interfaceResolverContract } from '../../../src/testing/interface-resolver-contract.ts';

const web: ClaimedPod = { kind: 'pod', namespace: 'shop', name: 'web-1', uid: 'u', cgroupUid: 'u', hostNetwork: false };

describe('a chain of resolvers', () => {
  const pods = new FakeInterfaceResolver('Pods');
  const node = new FakeInterfaceResolver('Node');
  const veths = new FakeInterfaceResolver('Veths');
  const chain = new InterfaceResolverChain([pods, node, veths]);

  describe('keeps the contract', () => {
    interfaceResolverContract(it, () => {
      const second = new FakeInterfaceResolver('second');
      second.serve('shop/web-1');
      return Promise.resolve({
        resolver: new InterfaceResolverChain([new FakeInterfaceResolver('first'), second]),
        served: web,
        refused: { kind: 'node', node: 'n1', interface: 'eth0' },
        servesAnyUid: true,
        goAway: () => {
          second.goAway('shop/web-1');
          return Promise.resolve();
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      });
    });
  });

  it('takes the first that serves', async () => {
    pods.serve('shop/web-1', 'eth0');
    veths.serve('shop/web-1', 'veth7');
    node.serve('n1/eth1', 'eth1');
    expect((await chain.resolve(web)).device).toBe('eth0');
    expect((await chain.resolve({ kind: 'node', node: 'n1', interface: 'eth1' })).device).toBe('eth1');
    pods.refuse('shop/web-1', new NoDefaultRouteError('Pod shop/web-1', ['lo']));
    expect((await chain.resolve(web)).device).toBe('veth7');
  });

  it('passes on the only refusal that says something, as it is', async () => {
    const refusal = new HostNetworkRefusedError('Pod shop/web-2');
    pods.refuse('shop/web-2', refusal);
    await expect(chain.resolve({ ...web, name: 'web-2' })).rejects.toBe(refusal);
  });

  it('passes on what all agree on', async () => {
    pods.refuse('shop/web-3', new PodNotFoundError('Pod shop/web-3', 7));
    veths.refuse('shop/web-3', new PodNotFoundError('Pod shop/web-3', 8));
    await expect(chain.resolve({ ...web, name: 'web-3' })).rejects.toThrow(PodNotFoundError);
  });

  it('tells all refusals together where they differ', async () => {
    pods.refuse('shop/web-4', new NoDefaultRouteError('Pod shop/web-4', ['lo', 'net1']));
    veths.refuse('shop/web-4', new HostSideNotFoundError('net1', 'Pod shop/web-4'));
    const refused = chain.resolve({ ...web, name: 'web-4' });
    await expect(refused).rejects.toThrow(InterfaceNotResolvedError);
    await expect(refused).rejects.toThrow(/Pods: .*no default route.* Veths: .*veth pair/);
    await expect(refused).rejects.not.toThrow(/Node:/);
  });

  it('names everyone where nobody serves', async () => {
    await expect(chain.resolve({ ...web, name: 'web-5' })).rejects.toThrow(/Pods: .* Node: .* Veths: /);
    await expect(new InterfaceResolverChain([]).resolve(web)).rejects.toThrow(InterfaceNotResolvedError);
    await expect(new InterfaceResolverChain([pods]).resolve({ ...web, name: 'web-5' })).rejects.not.toThrow(TargetNotServedError);
  });

  it('does not take a fault for a refusal', async () => {
    const fault = new TypeError('a bug');
    const broken = { name: 'broken', resolve: () => Promise.reject(fault) };
    await expect(new InterfaceResolverChain([broken, veths]).resolve(web)).rejects.toMatchObject({ message: 'The resolver "broken" has thrown: a bug', cause: fault });
  });

  it('names the resolver at fault, also where chains are in chains', async () => {
    const fault = new TypeError('a bug');
    const broken = { name: 'broken', resolve: () => Promise.reject(fault) };
    const nested = new InterfaceResolverChain([new FakeInterfaceResolver('first'), new InterfaceResolverChain([broken, veths])]);
    await expect(nested.resolve(web)).rejects.toMatchObject({ message: 'The resolver "broken" has thrown: a bug', cause: fault });
  });

  it('passes on the reason of someone who has given up meanwhile', async () => {
    const abort = new AbortController();
    const reason = new Error('given up');
    const slow = { name: 'slow', resolve: () => (abort.abort(reason), Promise.reject(reason)) };
    await expect(new InterfaceResolverChain([slow, veths]).resolve(web, abort.signal)).rejects.toBe(reason);
  });
});
