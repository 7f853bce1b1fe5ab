import type { ClaimedPod } from '../../../src/core/capture-target.ts';
import type { TestPod } from '../../harness/test-pod.ts';

/** A Pod as a claim names it. */
export function claimed({ namespace, name, uid }: Pick<TestPod, 'namespace' | 'name' | 'uid'>, more: Partial<ClaimedPod> = {}): ClaimedPod {
  return { kind: 'pod', namespace, name, uid, cgroupUid: uid, hostNetwork: false, ...more };
}
