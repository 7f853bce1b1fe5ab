import { ApiStatusError, type KubernetesObject } from '../../adapters/kubernetes/index.ts';
import type { PacketCaptureSetStatus, SetCapture } from '../../api/v1alpha1/index.ts';
import { isTerminal } from '../../core/capture-progress.ts';
import type { Clock } from '../../core/clock.ts';
import { CaptureError } from '../../core/errors/index.ts';
import type { Logger } from '../../core/logger.ts';
import { MissingRightError } from '../missing-right-error.ts';
import { ageOf } from '../packet-captures/age.ts';
import type { StatusLine } from '../status-line.ts';
import { childName, childOf } from './child.ts';
import type { Children } from './children.ts';
import { isTaken, knownChild, type KnownChild } from './known-child.ts';
import type { KnownPod } from './known-pod.ts';
import type { ValidSet } from './known-set.ts';
import { ofEach } from './of-each.ts';
import { passOnRetention } from './pass-on-retention.ts';
import { podsToCapture } from './pods-to-capture.ts';
import type { SetApi } from './set-api.ts';
import { capturesOf } from './set-captures.ts';
import { ChildNameTakenError, MaxPodsReachedError, NotTakenError, PodGoneError } from './set-errors.ts';
import { type SetEndReason, setStatus } from './set-status.ts';
import { type SetTarget, type TargetFinding, TargetWatch } from './target-watch.ts';
import { untakenEnd } from './untaken-end.ts';

export interface SetKeeperParts {
  readonly api: SetApi;
  readonly children: Children;
  readonly clock: Clock;
  readonly logger: Logger;
  /** That the captures are in. */
  readonly namespace: string;
  readonly status: StatusLine<PacketCaptureSetStatus>;
  readonly watch: (target: SetTarget) => TargetWatch;
  /** Asks for another {@link SetKeeper.keep} after that many milliseconds. */
  readonly again: (after: number) => void;
}

/** Agents end captures when their time is over; only what goes on for that long beyond the time of its set is stopped. */
const OVERTIME_MS = 5_000;

/** Whoever has taken a name may go away; nobody tells. */
const NAME_TAKEN_RETRY_MS = 30_000;

const UNMATCHED_POD_INTERVAL_MS = 10_000;

/** Brings one set that has not ended to where it should be. What it remembers can all be found out anew. */
export class SetKeeper implements Disposable {
  readonly #parts: SetKeeperParts;
  /** `Clock.uptime` at which it had begun according to its own status, when that was first seen. */
  readonly #begunBefore: number;
  /** uids of Pods whose PacketCapture somebody had deleted before this process looked. */
  readonly #deleted = new Set<string>();
  /** `Clock.uptime` before which nobody is asked for a Pod, by uid. */
  readonly #askAfter = new Map<string, number>();
  #target: TargetWatch | undefined;

  constructor({ createdAt, status: { startTime } }: ValidSet, parts: SetKeeperParts) {
    this.#parts = parts;
    const { clock } = parts;
    this.#begunBefore = startTime === undefined ? Infinity : clock.uptime() - ageOf(Date.parse(startTime), createdAt, clock.now());
  }

  /** Never to be called again before it has resolved. */
  async keep(set: ValidSet): Promise<void> {
    const { children, clock, status } = this.#parts;
    const previous = status.newest(set).status;
    await this.#lookForDeleted(set, previous);

    let ending: SetEndReason | undefined = this.#ending(set);
    let target: TargetFinding | CaptureError | undefined;
    let uncovered: readonly CaptureError[] = [];
    if (ending === undefined) {
      target = await this.#find(set);
      if (target === undefined) return;
      if (!CaptureError.is(target)) uncovered = await this.#cover(set, target.pods, this.#captures(set, previous));
      if (this.#captures(set, previous).length >= maxPodsOf(set)) ending = 'AllEnded';
    } else {
      this[Symbol.dispose]();
    }
    const failures = [...(await this.#endCaptures(set, ending)), ...(await passOnRetention(set, this.#parts))];

    const { name, generation } = set;
    const view = { name, generation, previous, captures: this.#captures(set, previous), children: children.of(set.uid), uncovered, now: clock.now() };
    const wait = await status.send(set, setStatus({ ...view, ...(ending !== undefined && { ending }), ...(target && { target }) }));
    if (wait !== undefined) this.#parts.again(wait);
    this.#plan(set, uncovered);
    const [failure] = [...(CaptureError.is(target) ? [target] : []), ...uncovered.filter((error) => !isToldOnly(error)), ...failures];
    if (failure !== undefined) throw failure;
  }

  [Symbol.dispose](): void {
    this.#target?.[Symbol.dispose]();
    this.#target = undefined;
  }

  #captures({ uid }: ValidSet, { captures = [] }: PacketCaptureSetStatus): readonly SetCapture[] {
    const { children } = this.#parts;
    return capturesOf(captures, { children: children.of(uid), removed: children.removed(uid), deleted: this.#deleted });
  }

  /** Why no further captures begin, whatever Pods there are. */
  #ending(set: ValidSet): SetEndReason | undefined {
    if (set.stop) return 'Stopped';
    return this.#timeLeft(set) <= 0 ? 'TimeLimit' : undefined;
  }

  /** Milliseconds; all of it until the first capture has begun. */
  #timeLeft(set: ValidSet): number {
    const limit = Number(set.demand.spec.template.captureSeconds) * 1000;
    const begun = this.#begun(set);
    return begun === Infinity ? limit : begun + limit - this.#parts.clock.uptime();
  }

  /** `Clock.uptime`; `Infinity`: it has not. */
  #begun({ uid }: ValidSet): number {
    return Math.min(this.#parts.children.begun(uid) ?? Infinity, this.#begunBefore);
  }

  #plan(set: ValidSet, uncovered: readonly CaptureError[]): void {
    const left = this.#timeLeft(set);
    if (this.#begun(set) < Infinity && left > -OVERTIME_MS) this.#parts.again(left > 0 ? left : left + OVERTIME_MS);
    if (uncovered.some((error) => error instanceof ChildNameTakenError)) this.#parts.again(NAME_TAKEN_RETRY_MS);
  }

  /** `undefined` while it is not known; an error that people have to know of. */
  async #find({ demand }: ValidSet): Promise<TargetFinding | MissingRightError | undefined> {
    this.#target ??= this.#parts.watch(demand.spec);
    try {
      await this.#target.open();
    } catch (error) {
      if (error instanceof MissingRightError) return error;
      throw error;
    }
    return this.#target.finding;
  }

  /** A capture of which the status tells and this process does not know was deleted, or its watch is late. */
  async #lookForDeleted({ uid }: ValidSet, { captures = [] }: PacketCaptureSetStatus): Promise<void> {
    const { api, children } = this.#parts;
    const known = new Set([...children.of(uid), ...children.removed(uid)].map(({ podUID }) => podUID));
    for (const { podUID, name } of captures) {
      if (known.has(podUID) || this.#deleted.has(podUID)) continue;
      if (!isCaptureOf(await api.readCapture(name), uid, podUID)) this.#deleted.add(podUID);
    }
  }

  /**
   * Makes captures of Pods that run and have none, the oldest Pods first.
   * @returns why some are not captured
   */
  async #cover(set: ValidSet, pods: readonly KnownPod[], captures: readonly SetCapture[]): Promise<readonly CaptureError[]> {
    const captured = new Set(captures.map(({ podUID }) => podUID));
    const seconds = Math.floor(this.#timeLeft(set) / 1000);
    const { next, beyond } = podsToCapture(seconds < 1 ? [] : pods, captured, maxPodsOf(set));
    const errors = await ofEach(next, (pod) => this.#capture(set, pod, seconds));
    const unexpected = errors.find((error) => !CaptureError.is(error));
    if (unexpected) throw unexpected;
    return [...errors.filter((error) => CaptureError.is(error)), ...(beyond.length > 0 ? [new MaxPodsReachedError(maxPodsOf(set), beyond.map(({ name }) => name))] : [])];
  }

  async #capture(set: ValidSet, pod: KnownPod, seconds: number): Promise<void> {
    const { api, children, logger, namespace } = this.#parts;
    try {
      const made = await api.createCapture(childOf(set, set.demand.spec, pod, seconds));
      children.adopt(made);
      logger.info({ set: set.name, capture: made.metadata.name, pod: pod.name, seconds }, 'a Pod is to be captured');
    } catch (error) {
      if (!ApiStatusError.is(error) || error.reason !== 'AlreadyExists') throw error;
      const name = childName(set, pod.uid);
      // Made by an earlier try whose answer was lost, or by another operator, and the watch is late; else it is somebody else's.
      const found = await api.readCapture(name);
      if (!found) throw error;
      if (!isCaptureOf(found, set.uid, pod.uid)) throw new ChildNameTakenError(name, set.name, podName(set, pod.name), namespace);
      children.adopt(found);
    }
  }

  /** Ends what cannot begin or go on any more; what runs to its end is left to its agent. @returns what failed. */
  #endCaptures(set: ValidSet, ending: SetEndReason | undefined): Promise<readonly Error[]> {
    const { api, children, clock } = this.#parts;
    const mayNotRun = ending === 'Stopped' || this.#timeLeft(set) <= -OVERTIME_MS;
    return ofEach(children.of(set.uid), async (child) => {
      if (isTerminal(child.progress)) return;
      if (isTaken(child)) {
        if (mayNotRun && !child.stop) await api.changeCapture(child, { stop: true });
        return;
      }
      const end = await this.#endOfUntaken(set, child, ending);
      if (end) await api.applyCaptureStatus(child, untakenEnd(end, clock.now()));
    });
  }

  async #endOfUntaken(set: ValidSet, { pod, podUID }: KnownChild, ending: SetEndReason | undefined): Promise<Parameters<typeof untakenEnd>[0] | undefined> {
    if (ending === 'Stopped') return { progress: 'finished', reason: ending, message: 'It was stopped before it began.' };
    const name = podName(set, pod);
    const isOver = await this.#isOver({ name: pod, uid: podUID });
    const error = isOver ? new PodGoneError(name, podUID) : ending === 'TimeLimit' ? new NotTakenError(name, this.#parts.namespace) : undefined;
    return error && { progress: 'failure', reason: error.code, message: error.message };
  }

  /** Of a Pod that matches no longer nobody tells: it is asked for from time to time. */
  async #isOver(pod: Pick<KnownPod, 'name' | 'uid'>): Promise<boolean> {
    const target = this.#target;
    const known = target?.get(pod.uid);
    if (known || !target) return known?.hasEnded ?? false;
    const { again, clock } = this.#parts;
    const due = this.#askAfter.get(pod.uid) ?? -Infinity;
    if (clock.uptime() >= due) {
      if (await target.isOver(pod)) return true;
      this.#askAfter.set(pod.uid, clock.uptime() + UNMATCHED_POD_INTERVAL_MS);
    }
    again(UNMATCHED_POD_INTERVAL_MS);
    return false;
  }
}

function isCaptureOf(object: KubernetesObject | undefined, setUid: string, podUid: string): boolean {
  const child = object && knownChild(object);
  return child?.setUid === setUid && child.podUID === podUid;
}

function podName({ demand }: ValidSet, pod: string): string {
  return `${demand.spec.targetNamespace}/${pod}`;
}

/** The state of the world that a status tells of; trying again at once would not help. */
function isToldOnly(error: CaptureError): boolean {
  return error instanceof ChildNameTakenError || error instanceof MaxPodsReachedError;
}

function maxPodsOf({ demand }: ValidSet): number {
  return Number(demand.spec.maxPods);
}
