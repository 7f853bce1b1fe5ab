import type { KubernetesObject } from '../../adapters/kubernetes/index.ts';

/** `coordination.k8s.io/v1 Lease`. */
export interface Lease extends KubernetesObject {
  readonly spec?: LeaseSpec;
}

/** The fields of client-go's protocol; other clients that follow it may compete for the same Lease. */
export interface LeaseSpec {
  /** Empty: nobody's. */
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  /** metav1.MicroTime, by the holder's wall clock. For people to read; nothing is concluded from it. */
  readonly acquireTime?: string;
  /** As `acquireTime`. */
  readonly renewTime?: string;
  /** How often the holder has changed. */
  readonly leaseTransitions?: number;
}
