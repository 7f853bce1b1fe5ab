import { ApiStatusError, type CallOptions, type KubernetesClient, Reflector } from '../../adapters/kubernetes/index.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { PolicyRule } from '../policy-rule.ts';
import type { Lease, LeaseSpec } from './lease.ts';

/** What {@link LeaseApi} needs in the Lease's namespace. */
export function leaseRules(name: string): readonly PolicyRule[] {
  const leases = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] };
  return [
    { ...leases, verbs: ['create'] },
    { ...leases, resourceNames: [name], verbs: ['get', 'list', 'watch', 'patch'] },
  ];
}

/** One Lease on the API server. */
export class LeaseApi {
  readonly #client: KubernetesClient;
  readonly #collection: string;
  readonly #name: string;

  constructor(client: KubernetesClient, namespace: string, name: string) {
    this.#client = client;
    this.#collection = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
    this.#name = name;
  }

  get(options: CallOptions): Promise<Lease> {
    return this.#client.get(`${this.#collection}/${this.#name}`, options);
  }

  /** Whether a call failed because there is no such Lease. */
  saysNone(error: unknown): boolean {
    return ApiStatusError.is(error) && error.saysNotFound(this.#name);
  }

  create(spec: LeaseSpec, options: CallOptions): Promise<Lease> {
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: this.#name }, spec };
    return this.#client.create(this.#collection, body, options);
  }

  /** Succeeds only while the Lease is as it was at that resourceVersion (else 409). */
  replace(spec: LeaseSpec, resourceVersion: string, options: CallOptions): Promise<Lease> {
    return this.#client.patch(`${this.#collection}/${this.#name}`, 'merge', { metadata: { resourceVersion }, spec }, options);
  }

  /** Until the signal is aborted. @param changed `undefined`: there is none of that uid any more. */
  watch(
    changed: (uid: string, lease: Lease | undefined, resourceVersion: string) => void,
    parts: { readonly clock: Clock; readonly logger: Logger },
    signal: AbortSignal,
  ): void {
    const reflector = new Reflector<Lease>({
      ...parts,
      client: this.#client,
      path: this.#collection,
      fieldSelector: `metadata.name=${this.#name}`,
      project: (object) => object as Lease,
      changed: ({ uid, value, resourceVersion }) => changed(uid, value, resourceVersion),
    });
    reflector.start(signal).catch(() => undefined);
  }
}
