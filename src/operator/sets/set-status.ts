import type { PacketCaptureSetStatus, SetCapture, SetCapturesTotal } from '../../api/v1alpha1/index.ts';
import { time } from '../../api/v1alpha1/time.ts';
import { isTerminal } from '../../core/capture-progress.ts';
import type { CaptureError } from '../../core/errors/index.ts';
import type { KnownChild } from './known-child.ts';
import type { KnownPod } from './known-pod.ts';
import { listed } from '../../core/listed.ts';
import { completionTimeOf, describeTotal, filesOf, packetsOf, startTimeOf, totalOf } from './set-captures.ts';
import { no, setConditions, type SetVerdicts, unknown, type Verdict, verdictSoFar, yes } from './set-conditions.ts';
import type { TargetFinding } from './target-watch.ts';

/** Why a set makes no more captures. */
export type SetEndReason =
  | 'Stopped'
  | 'TimeLimit'
  /** As many Pods as it may capture were captured. */
  | 'AllEnded';

/** All that a set's status is made from. */
export interface SetView {
  readonly name: string;
  readonly generation: number;
  readonly previous: PacketCaptureSetStatus;
  readonly captures: readonly SetCapture[];
  readonly children: readonly KnownChild[];
  /** Why it ends once its captures have; absent: more may come. */
  readonly ending?: SetEndReason;
  /** Absent: nobody looks for Pods any more. */
  readonly target?: TargetFinding | CaptureError;
  /** Why Pods that run are not captured. */
  readonly uncovered: readonly CaptureError[];
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

interface SetEnd {
  readonly progress: 'finished' | 'failure';
  readonly reason: string;
}

const ENDINGS: { readonly [Reason in SetEndReason]: string } = {
  Stopped: 'It was stopped.',
  TimeLimit: 'Its time is over.',
  AllEnded: 'As many Pods as maxPods allows were captured, and all captures have ended.',
};

/** The whole status of a valid set. */
export function setStatus(view: SetView): PacketCaptureSetStatus {
  const { captures, children, previous, generation, now } = view;
  const total = totalOf(captures);
  const end = endOf(view, total);
  const startTime = startTimeOf(previous, children);
  const progress = end?.progress ?? progressOf(view, startTime);
  return {
    observedGeneration: generation,
    ...(progress !== undefined && { progress }),
    ...(end && { reason: end.reason }),
    message: messageOf(view, total, end),
    ...(startTime !== undefined && { startTime }),
    ...(end && { completionTime: completionTimeOf(children) ?? time(now) }),
    captures,
    capturesTotal: total,
    packets: packetsOf(captures),
    filesTotal: filesOf(children),
    conditions: setConditions(verdictsOf(view, total, end), previous, now),
  };
}

/** The whole status of a set that asks for what cannot be. */
export function invalidSetStatus({ generation, status }: { generation: number; status: PacketCaptureSetStatus }, error: CaptureError, now: number): PacketCaptureSetStatus {
  const { code: reason, message } = error;
  const notStarted = (words: Verdict['status']): Verdict => ({ status: words, reason, message });
  const verdicts: SetVerdicts = {
    Accepted: no(reason, message),
    TargetFound: notStarted('Unknown'),
    Covered: notStarted('Unknown'),
    Capturing: notStarted('False'),
    Complete: notStarted('False'),
    Lossless: notStarted('Unknown'),
  };
  return { observedGeneration: generation, progress: 'failure', reason, message, completionTime: time(now), conditions: setConditions(verdicts, status, now) };
}

/** What is worth a write at once: everything but counters, files and words. */
export function milestonesOf({ progress, reason, captures, conditions }: PacketCaptureSetStatus): unknown {
  return {
    progress,
    reason,
    captures: captures?.map((capture) => [capture.name, capture.node, capture.progress, capture.reason]),
    conditions: conditions?.map((condition) => [condition.type, condition.status, condition.reason]),
  };
}

function progressOf({ previous, captures }: SetView, startTime: string | undefined): PacketCaptureSetStatus['progress'] {
  if (previous.progress === 'running' || startTime !== undefined) return 'running';
  return captures.length > 0 ? 'scheduled' : previous.progress;
}

/** Some that failed leave the rest whole; when all have, nothing is. */
function endOf({ ending, captures }: SetView, { count, failure }: SetCapturesTotal): SetEnd | undefined {
  if (ending === undefined || !captures.every(({ progress }) => isTerminal(progress))) return undefined;
  if (failure === 0) return { progress: 'finished', reason: ending };
  return failure < count ? { progress: 'finished', reason: 'Partial' } : { progress: 'failure', reason: 'CapturesFailed' };
}

function messageOf({ ending, target, captures }: SetView, total: SetCapturesTotal, end: SetEnd | undefined): string {
  const sentences: string[] = [];
  if (ending !== undefined) sentences.push(end || ending !== 'AllEnded' ? ENDINGS[ending] : 'As many Pods as maxPods allows are captured.');
  if (total.count > 0) sentences.push(describeTotal(total));
  const failed = captures.filter(({ progress }) => progress === 'failure');
  if (failed.length > 0) sentences.push(`Failed: ${listed(failed.map(({ name, reason = 'no reason given' }) => `${name} (${reason})`))}; kubectl describe tells why.`);
  if (end === undefined && target) sentences.push(targetVerdict(target).message);
  return sentences.length > 0 ? sentences.join(' ') : 'It has captured nothing.';
}

function verdictsOf(view: SetView, total: SetCapturesTotal, end: SetEnd | undefined): SetVerdicts {
  const { previous, target, uncovered } = view;
  const soFar = (type: keyof SetVerdicts) => verdictSoFar(previous, type, unknown('NotLookedFor', 'Nobody looked for its Pods.'));
  return {
    Accepted: yes('Valid', 'The set is valid.'),
    TargetFound: target ? targetVerdict(target) : soFar('TargetFound'),
    Covered: target ? coveredVerdict(target, uncovered) : soFar('Covered'),
    Capturing: total.running > 0 ? yes('Running', describeTotal(total)) : no(end?.reason ?? 'NotRunning', total.count > 0 ? describeTotal(total) : 'Nothing is captured yet.'),
    Complete: completeVerdict(end, total),
    Lossless: losslessVerdict(view, end),
  };
}

function isError(target: TargetFinding | CaptureError): target is CaptureError {
  return 'code' in target;
}

export function targetVerdict(target: TargetFinding | CaptureError): Verdict {
  if (isError(target)) return unknown(target.code, target.message);
  const { absence, pods } = target;
  if (absence) return no(absence.reason, `${absence.message} Pods are captured as they come.`);
  const running = pods.filter(({ isRunning }) => isRunning).length;
  return yes('PodsFound', `${pods.length} ${pods.length === 1 ? 'Pod matches' : 'Pods match'}, ${running} of them ${running === 1 ? 'runs' : 'run'}.`);
}

export function coveredVerdict(target: TargetFinding | CaptureError, [first, ...more]: readonly CaptureError[]): Verdict {
  if (first) return no(first.code, [first, ...more].map(({ message }) => message).slice(0, 5).join(' '));
  const running = isError(target) ? [] : target.pods.filter((pod: KnownPod) => pod.isRunning);
  return running.length > 0 ? yes('AllPods', 'Every Pod that matches and runs has its capture.') : unknown('NoPods', 'No Pod runs that could be captured.');
}

function completeVerdict(end: SetEnd | undefined, total: SetCapturesTotal): Verdict {
  if (!end) return no(total.count > 0 ? 'Running' : 'NotStarted', total.count > 0 ? describeTotal(total) : 'Nothing is captured yet.');
  return end.progress === 'finished' ? yes(end.reason, describeTotal(total)) : no(end.reason, describeTotal(total));
}

/** What is lost stays lost; that nothing was lost is known at the end only. */
function losslessVerdict({ previous, captures, children }: SetView, end: SetEnd | undefined): Verdict {
  const lossy = children.filter(({ lossless }) => lossless === 'False');
  if (lossy.length > 0) return no('PacketsLost', `Packets were lost in ${listed(lossy.map(({ name }) => name))}.`);
  const before = verdictSoFar(previous, 'Lossless', unknown('Running', ''));
  if (before.status === 'False') return before;
  const lossless = children.filter(({ lossless }) => lossless === 'True').length;
  if (end && captures.length > 0 && lossless === captures.length) return yes('NothingLost', 'No capture has lost a packet.');
  return end ? unknown(end.reason, 'Not every capture can tell.') : unknown('Running', 'Nothing was lost so far; the end will tell.');
}
