import { type KubernetesClient, type KubernetesObject, type ReflectedChange, Reflector, type ReflectorTimes } from '../../adapters/kubernetes/index.ts';
import { packetCapturesPath } from '../../adapters/kubernetes/packet-capture-record.ts';
import { SET_UID_LABEL } from '../../api/v1alpha1/index.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { ageOf } from '../packet-captures/age.ts';
import { knownChild, type KnownChild } from './known-child.ts';

export interface ChildrenOptions extends ReflectorTimes {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string;
  /** Called with the uid of a set when one of its PacketCaptures has changed; never throws. */
  readonly changed: (setUid: string) => void;
}

/** The PacketCaptures that sets own, by one watch. */
export class Children {
  readonly #clock: Clock;
  readonly #changed: (setUid: string) => void;
  readonly #reflector: Reflector<KnownChild>;
  readonly #uids = new Map<string, Set<string>>();
  /** Answers to creations, until the watch has them: by uid. */
  readonly #adopted = new Map<string, { readonly child: KnownChild; readonly at: number }>();
  /** As they were last, by uid of the set: what somebody has deleted. */
  readonly #removed = new Map<string, KnownChild[]>();
  /** `Clock.uptime` at which the first capture of a set began, by uid of the set. */
  readonly #begun = new Map<string, number>();

  constructor({ namespace, changed, ...options }: ChildrenOptions) {
    this.#clock = options.clock;
    this.#changed = changed;
    this.#reflector = new Reflector<KnownChild>({
      ...options,
      path: packetCapturesPath(namespace),
      labelSelector: SET_UID_LABEL,
      project: knownChild,
      changed: (change) => this.#reflected(change),
      relisted: (_, since) => this.#dropAdopted(since),
    });
  }

  /** Resolves once all are known, and goes on until the signal is aborted; rejects if that comes first. */
  start(signal: AbortSignal): Promise<void> {
    return this.#reflector.start(signal);
  }

  of(setUid: string): readonly KnownChild[] {
    const watched = [...(this.#uids.get(setUid) ?? [])].flatMap((uid) => this.#reflector.get(uid) ?? []);
    const adopted = [...this.#adopted.values()].flatMap(({ child }) => (child.setUid === setUid ? child : []));
    return [...watched, ...adopted];
  }

  /** Those that are gone, as they were last. Their end may have come just before. */
  removed(setUid: string): readonly KnownChild[] {
    return this.#removed.get(setUid) ?? [];
  }

  /** Takes over what the API server has just answered, ahead of the watch. */
  adopt(object: KubernetesObject): void {
    const child = knownChild(object);
    if (!child || this.#reflector.get(child.uid)) return;
    this.#adopted.set(child.uid, { child, at: this.#clock.uptime() });
    this.#noteBegin(child, undefined);
  }

  /**
   * `Clock.uptime` at which a set's first capture began, or ended without having begun; `undefined` before. What this
   * process saw begin has begun then: no wall clock counts. For the rest the nodes' clocks do.
   */
  begun(setUid: string): number | undefined {
    return this.#begun.get(setUid);
  }

  forget(setUid: string): void {
    this.#removed.delete(setUid);
    this.#begun.delete(setUid);
  }

  #reflected({ uid, value, previous }: ReflectedChange<KnownChild>): void {
    const before = previous ?? this.#adopted.get(uid)?.child;
    this.#adopted.delete(uid);
    const setUid = (value ?? before)?.setUid;
    if (setUid === undefined) return;
    const uids = this.#uids.get(setUid) ?? new Set();
    if (value) {
      this.#uids.set(setUid, uids.add(uid));
      this.#noteBegin(value, before);
    } else {
      uids.delete(uid);
      if (uids.size === 0) this.#uids.delete(setUid);
      if (before) this.#removed.set(setUid, [...this.removed(setUid), before]);
    }
    this.#changed(setUid);
  }

  #noteBegin(child: KnownChild, before: KnownChild | undefined): void {
    const begin = beginOf(child);
    if (begin === undefined || (before && beginOf(before) !== undefined)) return;
    const age = before ? 0 : ageOf(Date.parse(begin), child.createdAt, this.#clock.now());
    const at = this.#clock.uptime() - age;
    this.#begun.set(child.setUid, Math.min(at, this.#begun.get(child.setUid) ?? Infinity));
  }

  /** A list that was asked for after an answer has all that came of it. */
  #dropAdopted(since: number): void {
    for (const [uid, { child, at }] of this.#adopted) {
      if (at > since) continue;
      this.#adopted.delete(uid);
      this.#changed(child.setUid);
    }
  }
}

function beginOf({ startTime, completionTime }: KnownChild): string | undefined {
  return startTime ?? completionTime;
}
