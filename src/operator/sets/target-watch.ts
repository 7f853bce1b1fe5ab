import { isDeepStrictEqual } from 'node:util';
import { type KubernetesClient, type KubernetesObject, type Query, Reflector, type ReflectorTimes } from '../../adapters/kubernetes/index.ts';
import type { PacketCaptureSetSpec, WorkloadKind } from '../../api/v1alpha1/index.ts';
import type { Clock } from '../../core/clock.ts';
import { quote } from '../../core/errors/capture-error.ts';
import type { Logger } from '../../core/logger.ts';
import { getOr404 } from '../get-or-404.ts';
import { explainMissingRight } from '../missing-right-error.ts';
import { knownPod, type KnownPod } from './known-pod.ts';
import { isPodOf, knownWorkload, type KnownWorkload } from './known-workload.ts';
import { labelSelectorText } from '../label-selector-text.ts';
import { SET_TARGET_RULES } from './set-rules.ts';

export type SetTarget = Pick<PacketCaptureSetSpec, 'targetNamespace' | 'targetRef' | 'selector'>;

export interface TargetWatchOptions extends ReflectorTimes {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly target: SetTarget;
  /** Ends the watch as its disposal does. */
  readonly signal: AbortSignal;
  /** Called when {@link TargetWatch.finding} may answer differently; never throws. */
  readonly changed: () => void;
}

export type AbsenceReason = 'NamespaceNotFound' | 'WorkloadNotFound' | 'ScaledToZero' | 'NoPods';

/** What a set's target amounts to at present. */
export interface TargetFinding {
  readonly pods: readonly KnownPod[];
  /** Pods that the workload is to have; absent where that is not fixed. */
  readonly replicas?: number;
  /** Why there are none. */
  readonly absence?: { readonly reason: AbsenceReason; readonly message: string };
}

interface Collection<T> {
  readonly path: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  readonly project: (object: KubernetesObject) => T;
}

const WORKLOADS: { readonly [Kind in WorkloadKind]: string } = { Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets' };

/** The Pods of one set, by watches of no more than what it names. */
export class TargetWatch implements Disposable {
  readonly #options: TargetWatchOptions;
  readonly #namespace: string;
  readonly #life = new AbortController();
  readonly #signal: AbortSignal;
  #namespaces: Reflector<true> | undefined;
  #workloads: Reflector<KnownWorkload> | undefined;
  #pods: { readonly selector: string; readonly reflector: Reflector<KnownPod>; readonly life: AbortController } | undefined;

  constructor(options: TargetWatchOptions) {
    this.#options = options;
    this.#namespace = options.target.targetNamespace;
    this.#signal = AbortSignal.any([this.#life.signal, options.signal]);
  }

  /**
   * Begins to watch; does nothing when it was called before.
   * @throws MissingRightError, ApiStatusError, ApiConnectionError when something cannot be listed: call it again.
   */
  async open(): Promise<void> {
    const { targetRef, selector } = this.#options.target;
    this.#namespaces ??= await this.#watch({
      path: '/api/v1/namespaces',
      fieldSelector: `metadata.name=${this.#namespace}`,
      project: () => true,
    });
    if (targetRef) {
      const { kind, name } = targetRef;
      this.#workloads ??= await this.#watch({
        path: `/apis/apps/v1/namespaces/${this.#namespace}/${WORKLOADS[kind]}`,
        fieldSelector: `metadata.name=${name}`,
        project: (object) => knownWorkload(kind, object),
      });
    }
    const wanted = targetRef ? this.#workload()?.selector : labelSelectorText(selector ?? {});
    if (wanted === undefined || wanted === this.#pods?.selector) return;
    this.#pods?.life.abort(new Error('the selector has changed'));
    this.#pods = undefined;
    const life = new AbortController();
    const path = `/api/v1/namespaces/${this.#namespace}/pods`;
    const reflector = await this.#watch({ path, ...(wanted !== '' && { labelSelector: wanted }), project: knownPod }, AbortSignal.any([life.signal, this.#signal]));
    this.#pods = { selector: wanted, reflector, life };
  }

  /** `undefined` while it is not known. */
  get finding(): TargetFinding | undefined {
    if (!this.#namespaces?.isSynced || this.#workloads?.isSynced === false) return undefined;
    const { targetRef, selector = {} } = this.#options.target;
    if (!first(this.#namespaces)) return absent('NamespaceNotFound', `There is no namespace ${this.#namespace}.`);
    const workload = this.#workload();
    const words = targetRef && `${targetRef.kind} ${this.#namespace}/${targetRef.name}`;
    if (words !== undefined && !workload) return absent('WorkloadNotFound', `There is no ${words}.`);
    if (!this.#pods?.reflector.isSynced) return undefined;
    const matching = [...values(this.#pods.reflector)];
    const pods = workload ? matching.filter((pod) => isPodOf(pod, workload)) : matching;
    if (pods.length > 0) return { pods, ...(workload?.replicas !== undefined && { replicas: workload.replicas }) };
    if (workload?.replicas === 0) return absent('ScaledToZero', `${words} is scaled to 0.`);
    if (workload) return absent('NoPods', `${words} has no Pods.`);
    const text = labelSelectorText(selector);
    return absent('NoPods', text === '' ? `There are no Pods in namespace ${this.#namespace}.` : `No Pod of namespace ${this.#namespace} matches ${quote(text)}.`);
  }

  /** A Pod that the selector matches at present, as it is known. */
  get(uid: string): KnownPod | undefined {
    return this.#pods?.reflector.get(uid);
  }

  /**
   * Asks the API server whether a Pod can never run again: it may only match no longer.
   * @throws MissingRightError, ApiStatusError, ApiConnectionError
   */
  async isOver({ name, uid }: Pick<KnownPod, 'name' | 'uid'>): Promise<boolean> {
    try {
      const pod = await getOr404(this.#options.client, `/api/v1/namespaces/${this.#namespace}/pods/${name}`, name, this.#signal);
      return pod === undefined || pod.metadata.uid !== uid || knownPod(pod).hasEnded;
    } catch (error) {
      throw explainMissingRight(error, 'ClusterRole', SET_TARGET_RULES);
    }
  }

  [Symbol.dispose](): void {
    this.#life.abort(new Error('the set needs its target no longer'));
  }

  #workload(): KnownWorkload | undefined {
    return this.#workloads && first(this.#workloads);
  }

  /** Looks before it watches: only the answer to a call says what is refused. */
  async #watch<T>({ project, path, ...selectors }: Collection<T>, signal = this.#signal): Promise<Reflector<T>> {
    const { changed, client, clock, logger, relistInterval, silenceLimit, backoff } = this.#options;
    const query: Query = { ...selectors, limit: 1 };
    try {
      await client.list(path, { query, signal });
    } catch (error) {
      throw explainMissingRight(error, 'ClusterRole', SET_TARGET_RULES);
    }
    const reflector = new Reflector<T>({
      client,
      clock,
      logger,
      path,
      ...selectors,
      project,
      ...(relistInterval !== undefined && { relistInterval }),
      ...(silenceLimit !== undefined && { silenceLimit }),
      ...(backoff !== undefined && { backoff }),
      changed: ({ value, previous }) => {
        if (!isDeepStrictEqual(value, previous)) changed();
      },
    });
    // That there is nothing is news, too.
    reflector.start(signal).then(changed, () => undefined);
    return reflector;
  }
}

function absent(reason: AbsenceReason, message: string): TargetFinding {
  return { pods: [], absence: { reason, message } };
}

function* values<T>(reflector: Reflector<T>): Iterable<T> {
  for (const uid of reflector.uids()) {
    const value = reflector.get(uid);
    if (value !== undefined) yield value;
  }
}

function first<T>(reflector: Reflector<T>): T | undefined {
  return values(reflector)[Symbol.iterator]().next().value as T | undefined;
}
