import { test } from 'node:test';
import type { ClaimedPod } from '../../src/core/capture-target.ts';
import { PodOnNodeClaim } from '../../src/strategies/claim/pod-on-node-claim.ts';
import { claimStrategyContract } from '../../src/testing/claim-strategy-contract.ts';
import { FakeInterfaceResolver } from '../../src/testing/fake-interface-resolver.ts';
import { FakePodDirectory } from '../../src/testing/fake-pod-directory.ts';
import { interfaceResolverContract } from '../../src/testing/interface-resolver-contract.ts';

const web: ClaimedPod = { kind: 'pod', namespace: 'shop', name: 'web-1', uid: 'u', cgroupUid: 'u', hostNetwork: false };

interfaceResolverContract(test, () => {
  const resolver = new FakeInterfaceResolver();
  resolver.serve('shop/web-1');
  return Promise.resolve({
    resolver,
    served: web,
    refused: { ...web, name: 'web-2' },
    servesAnyUid: true,
    goAway: () => {
      resolver.goAway('shop/web-1');
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});

claimStrategyContract(test, () => {
  const pods = new FakePodDirectory();
  pods.set({ namespace: 'shop', name: 'web-1', uid: 'u' });
  const request = (name: string) => ({ uid: name, name, target: { kind: 'pod', namespace: 'shop', name } as const });
  return Promise.resolve({
    strategy: new PodOnNodeClaim(pods),
    mine: [request('web-1')],
    notMine: [request('web-2')],
    becomesMine: () => Promise.resolve(void pods.set({ namespace: 'shop', name: 'web-2', uid: 'v' })),
  });
});
