import { describe, it } from 'vitest';
import { claimStrategyContract, FakePodDirectory } from 'pcapper/testing';
import { IncidentClaim } from '../../../examples/custom-controller/incident-claim.ts';

const request = (name: string, namespace = 'shop') => ({ uid: name, name, target: { kind: 'pod', namespace, name } as const });

describe('IncidentClaim', () => {
  claimStrategyContract(it, () => {
    const pods = new FakePodDirectory();
    pods.set({ namespace: 'shop', name: 'web-1', uid: 'u' });
    pods.set({ namespace: 'kube-system', name: 'etcd', uid: 'v' });
    return Promise.resolve({
      strategy: new IncidentClaim(pods, ['kube-system']),
      mine: [request('web-1')],
      notMine: [request('web-2'), request('etcd', 'kube-system')],
      becomesMine: () => {
        pods.set({ namespace: 'shop', name: 'web-2', uid: 'w' });
        return Promise.resolve();
      },
    });
  });
});
