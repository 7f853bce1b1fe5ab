import { describe, expect, it } from 'vitest';
import type { CaptureTarget } from '../../../src/core/capture-target.ts';
import type { Claimable } from '../../../src/core/claim-strategy.ts';
import { FirstMatchClaim, NodeInterfaceClaim, PodOnNodeClaim } from '../../../src/strategies/claim/index.ts';
import { claimStrategyContract } from '../../../src/testing/claim-strategy-contract.ts';
import { FakePodDirectory } from '../../../src/testing/fake-pod-directory.ts';

const request = (target: CaptureTarget): Claimable => ({ uid: 'u', name: 'capture-1', target });
const web = request({ kind: 'pod', namespace: 'shop', name: 'web-1' });
const webOfUid = request({ kind: 'pod', namespace: 'shop', name: 'web-1', uid: 'web-uid' });
const webOfOtherUid = request({ kind: 'pod', namespace: 'shop', name: 'web-1', uid: 'former-uid' });
const webNet1 = request({ kind: 'pod', namespace: 'shop', name: 'web-1', interface: 'net1' });
const later = request({ kind: 'pod', namespace: 'shop', name: 'later' });
const ended = request({ kind: 'pod', namespace: 'shop', name: 'ended' });
const sameNameElsewhere = request({ kind: 'pod', namespace: 'bank', name: 'web-1' });
const eth0 = request({ kind: 'node', node: 'n1', interface: 'eth0' });
const eth0Elsewhere = request({ kind: 'node', node: 'n2', interface: 'eth0' });

function podsOfNode(): FakePodDirectory {
  const pods = new FakePodDirectory();
  pods.set({ namespace: 'shop', name: 'web-1', uid: 'web-uid' });
  pods.set({ namespace: 'shop', name: 'ended', uid: 'ended-uid', live: false });
  return pods;
}

describe('PodOnNodeClaim', () => {
  claimStrategyContract(it, () => {
    const pods = podsOfNode();
    return Promise.resolve({
      strategy: new PodOnNodeClaim(pods),
      mine: [web, webNet1, webOfUid],
      notMine: [later, ended, sameNameElsewhere, eth0, webOfOtherUid],
      becomesMine: () => Promise.resolve(void pods.set({ namespace: 'shop', name: 'later', uid: 'later-uid' })),
    });
  });

  it('names the incarnation, and keeps the interface that was asked for', async () => {
    const pods = podsOfNode();
    const claim = new PodOnNodeClaim(pods);
    expect(await claim.claim(webNet1)).toEqual({
      kind: 'pod',
      namespace: 'shop',
      name: 'web-1',
      interface: 'net1',
      uid: 'web-uid',
      cgroupUid: 'web-uid',
      hostNetwork: false,
    });
    expect(await claim.claim(web)).not.toHaveProperty('interface');
    pods.set({ namespace: 'shop', name: 'web-1', uid: 'next-uid', cgroupUid: 'hash', hostNetwork: true });
    expect(await claim.claim(web)).toMatchObject({ uid: 'next-uid', cgroupUid: 'hash', hostNetwork: true });
  });

  it('takes the Pod of the uid that was asked for, and no other one of its name', async () => {
    const pods = podsOfNode();
    const claim = new PodOnNodeClaim(pods);
    expect(await claim.claim(webOfUid)).toMatchObject({ uid: 'web-uid' });
    pods.set({ namespace: 'shop', name: 'web-1', uid: 'next-uid' });
    expect(await claim.claim(webOfUid)).toBeUndefined();
    expect(await claim.claim(web)).toMatchObject({ uid: 'next-uid' });
  });

  it('takes a Pod when it comes to life, and no longer when it has ended or gone', async () => {
    const pods = podsOfNode();
    const claim = new PodOnNodeClaim(pods);
    pods.set({ namespace: 'shop', name: 'later', uid: 'later-uid', live: false });
    expect(await claim.claim(later)).toBeUndefined();
    pods.set({ namespace: 'shop', name: 'later', uid: 'later-uid' });
    expect(await claim.claim(later)).toBeDefined();
    pods.delete('shop', 'later');
    expect(await claim.claim(later)).toBeUndefined();
  });
});

describe('NodeInterfaceClaim', () => {
  claimStrategyContract(it, () =>
    Promise.resolve({ strategy: new NodeInterfaceClaim('n1'), mine: [eth0], notMine: [eth0Elsewhere, web] }),
  );
});

describe('FirstMatchClaim', () => {
  claimStrategyContract(it, () => {
    const pods = podsOfNode();
    return Promise.resolve({
      strategy: new FirstMatchClaim([new NodeInterfaceClaim('n1'), new PodOnNodeClaim(pods)]),
      mine: [web, webNet1, eth0],
      notMine: [later, ended, sameNameElsewhere, eth0Elsewhere],
      becomesMine: () => Promise.resolve(void pods.set({ namespace: 'shop', name: 'later', uid: 'later-uid' })),
    });
  });

  it('asks in order', async () => {
    const other = podsOfNode();
    other.set({ namespace: 'shop', name: 'web-1', uid: 'other-uid' });
    const [first, second] = [new PodOnNodeClaim(podsOfNode()), new PodOnNodeClaim(other)];
    expect(await new FirstMatchClaim([first, second]).claim(web)).toMatchObject({ uid: 'web-uid' });
    expect(await new FirstMatchClaim([second, first]).claim(web)).toMatchObject({ uid: 'other-uid' });
    expect(await new FirstMatchClaim([]).claim(web)).toBeUndefined();
  });
});
