import type { CaptureProgress, TerminalProgress } from '../../core/capture-progress.ts';
import { isTerminal } from '../../core/capture-progress.ts';
import type { CaptureError } from '../../core/errors/index.ts';
import { listed } from '../../core/listed.ts';
import { time } from '../../api/v1alpha1/time.ts';
import type { ConditionStatus, PacketCaptureSetStatus, SetCapturesTotal, StatusFilesTotal, StatusPackets } from '../../api/v1alpha1/index.ts';
import type { KnownPod } from './known-pod.ts';
import { completionTimeOf, describeTotal, filesOf, packetsOf, startTimeOf, totalOf } from './set-captures.ts';
import { no, setConditions, type SetVerdicts, unknown, type Verdict, verdictSoFar, yes } from './set-conditions.ts';
import type { TargetFinding } from './target-watch.ts';

/** One of several captures. */
export interface SummedCapture {
  readonly name: string;
  readonly progress?: CaptureProgress;
  readonly reason?: string;
  readonly packets?: StatusPackets;
}

/** What is there of one of them. */
export interface SummedYield {
  readonly name: string;
  /** RFC 3339. */
  readonly startTime?: string;
  /** RFC 3339. */
  readonly completionTime?: string;
  readonly filesTotal?: StatusFilesTotal;
  /** Of its condition of that type. */
  readonly lossless?: ConditionStatus;
}

/** What the status of an object with several captures is made from. */
export interface SumView {
  readonly generation: number;
  readonly previous: SumStatus;
  readonly captures: readonly SummedCapture[];
  readonly yields: readonly SummedYield[];
  /** Its reason when all captures have ended, and none has failed; absent: more may come. */
  readonly ending?: string | undefined;
  /** Absent: nobody looks for Pods any more. */
  readonly target?: TargetFinding | CaptureError | undefined;
  /** Why Pods that run are not captured. */
  readonly uncovered: readonly CaptureError[];
  readonly words: {
    /** Why no more come. */
    readonly ending: (hasEnded: boolean) => string | undefined;
    readonly valid: string;
    /** Where it is told why captures failed. */
    readonly tellsWhy: string;
  };
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** What the statuses of all such objects have. */
export type SumStatus = Omit<PacketCaptureSetStatus, 'captures' | 'capturesTotal'>;

interface SumEnd {
  readonly progress: TerminalProgress;
  readonly reason: string;
}

/** The whole status, less the captures themselves. */
export function sumStatus(view: SumView): SumStatus {
  const { captures, yields, previous, generation, now } = view;
  const total = totalOf(captures);
  const end = endOf(view, total);
  const startTime = startTimeOf(previous, yields);
  const progress = end?.progress ?? progressOf(view, startTime);
  return {
    observedGeneration: generation,
    ...(progress !== undefined && { progress }),
    ...(end && { reason: end.reason }),
    message: messageOf(view, total, end),
    ...(startTime !== undefined && { startTime }),
    ...(end && { completionTime: completionTimeOf(yields) ?? time(now) }),
    packets: packetsOf(captures),
    filesTotal: filesOf(yields),
    conditions: setConditions(verdictsOf(view, total, end), previous, now),
  };
}

/** The whole status of an object that asks for what cannot be. */
export function invalidStatus({ generation, status }: { generation: number; status: SumStatus }, error: CaptureError, now: number): SumStatus {
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

function progressOf({ previous, captures }: SumView, startTime: string | undefined): SumStatus['progress'] {
  if (previous.progress === 'running' || startTime !== undefined) return 'running';
  return captures.length > 0 ? 'scheduled' : previous.progress;
}

/** Some that failed leave the rest whole; when all have, nothing is. */
function endOf({ ending, captures }: SumView, { count, failure }: SetCapturesTotal): SumEnd | undefined {
  if (ending === undefined || !captures.every(({ progress }) => isTerminal(progress))) return undefined;
  if (failure === 0) return { progress: 'finished', reason: ending };
  return failure < count ? { progress: 'finished', reason: 'Partial' } : { progress: 'failure', reason: 'CapturesFailed' };
}

function messageOf({ words, target, captures }: SumView, total: SetCapturesTotal, end: SumEnd | undefined): string {
  const sentences: string[] = [];
  const ending = words.ending(end !== undefined);
  if (ending !== undefined) sentences.push(ending);
  if (total.count > 0) sentences.push(describeTotal(total));
  const failed = captures.filter(({ progress }) => progress === 'failure');
  if (failed.length > 0) sentences.push(`Failed: ${listed(failed.map(({ name, reason = 'no reason given' }) => `${name} (${reason})`))}; ${words.tellsWhy} tells why.`);
  if (end === undefined && target) sentences.push(targetVerdict(target).message);
  return sentences.length > 0 ? sentences.join(' ') : 'It has captured nothing.';
}

function verdictsOf(view: SumView, total: SetCapturesTotal, end: SumEnd | undefined): SetVerdicts {
  const { previous, target, uncovered, words } = view;
  const soFar = (type: keyof SetVerdicts) => verdictSoFar(previous, type, unknown('NotLookedFor', 'Nobody looked for its Pods.'));
  return {
    Accepted: yes('Valid', words.valid),
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

function targetVerdict(target: TargetFinding | CaptureError): Verdict {
  if (isError(target)) return unknown(target.code, target.message);
  const { absence, pods } = target;
  if (absence) return no(absence.reason, `${absence.message} Pods are captured as they come.`);
  const running = pods.filter(({ isRunning }) => isRunning).length;
  return yes('PodsFound', `${pods.length} ${pods.length === 1 ? 'Pod matches' : 'Pods match'}, ${running} of them ${running === 1 ? 'runs' : 'run'}.`);
}

function coveredVerdict(target: TargetFinding | CaptureError, [first, ...more]: readonly CaptureError[]): Verdict {
  if (first) return no(first.code, [first, ...more].map(({ message }) => message).slice(0, 5).join(' '));
  const running = isError(target) ? [] : target.pods.filter((pod: KnownPod) => pod.isRunning);
  return running.length > 0 ? yes('AllPods', 'Every Pod that matches and runs has its capture.') : unknown('NoPods', 'No Pod runs that could be captured.');
}

function completeVerdict(end: SumEnd | undefined, total: SetCapturesTotal): Verdict {
  if (!end) return no(total.count > 0 ? 'Running' : 'NotStarted', total.count > 0 ? describeTotal(total) : 'Nothing is captured yet.');
  return end.progress === 'finished' ? yes(end.reason, describeTotal(total)) : no(end.reason, describeTotal(total));
}

/** What is lost stays lost; that nothing was lost is known at the end only. */
function losslessVerdict({ previous, captures, yields }: SumView, end: SumEnd | undefined): Verdict {
  const lossy = yields.filter(({ lossless }) => lossless === 'False');
  if (lossy.length > 0) return no('PacketsLost', `Packets were lost in ${listed(lossy.map(({ name }) => name))}.`);
  const before = verdictSoFar(previous, 'Lossless', unknown('Running', ''));
  if (before.status === 'False') return before;
  const lossless = yields.filter(({ lossless }) => lossless === 'True').length;
  if (end && captures.length > 0 && lossless === captures.length) return yes('NothingLost', 'No capture has lost a packet.');
  return end ? unknown(end.reason, 'Not every capture can tell.') : unknown('Running', 'Nothing was lost so far; the end will tell.');
}
