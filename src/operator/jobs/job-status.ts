import type { CaptureOutcome } from '../../api/one-shot/capture-outcome.ts';
import { type Condition, type OperatorConditionType, PACKET_CAPTURE, type PacketCaptureConditionType, type PacketCaptureStatus } from '../../api/v1alpha1/index.ts';
import { statusOf } from '../../api/v1alpha1/status-of.ts';
import { time } from '../../api/v1alpha1/time.ts';
import { type CaptureYield, type EndState, NO_PACKETS } from '../../core/capture-result.ts';
import type { CaptureRequest } from '../../core/capture-request.ts';
import type { ClaimedTarget } from '../../core/capture-target.ts';
import type { CaptureError } from '../../core/errors/index.ts';
import { operatorConditions } from '../targets/operator-conditions.ts';

/** A capture that a Job makes, and its status so far. */
export interface DispatchedCapture {
  readonly uid: string;
  readonly name: string;
  readonly node: string;
  /** Absent: the request is not valid. */
  readonly request?: CaptureRequest;
  readonly target?: ClaimedTarget;
  readonly previous: PacketCaptureStatus;
}

/** Nothing of it is known before the Pod has ended. */
const UNKNOWN_YIELD = { packets: NO_PACKETS, files: [], wrapped: false, gaps: [] } as const satisfies CaptureYield;

const YIELD_FIELDS: readonly string[] = ['packets', 'files', 'filesTotal', 'wrapped', 'gaps'] satisfies (keyof PacketCaptureStatus)[];

/**
 * The whole statuses of captures that Jobs make, as an agent would write them. Their counters come with their end.
 * Everywhere: `now` in milliseconds since the Unix epoch.
 */
export function scheduledStatus(capture: DispatchedCapture, message: string, now: number): PacketCaptureStatus {
  const report = { ...about(capture), progress: 'scheduled', message, ...targetOf(capture) } as const;
  return whole(capture, statusOf(report, previousOf(capture), now), now);
}

/** @param since when tcpdump was capturing first, unless the status says so: milliseconds since the Unix epoch */
export function runningStatus(capture: DispatchedCapture, since: number, message: string, now: number): PacketCaptureStatus {
  return begun(capture, since, message, { status: 'True', reason: 'Running', message: 'tcpdump is capturing.' }, now);
}

/** It was capturing, and its Job is about to go on. */
export function interruptedStatus(capture: DispatchedCapture, message: string, now: number): PacketCaptureStatus {
  return begun(capture, undefined, message, { status: 'False', reason: 'Interrupted', message }, now);
}

/** @param whereFilesAre appended to the message */
export function endedStatus(capture: DispatchedCapture, outcome: CaptureOutcome, whereFilesAre: string, now: number): PacketCaptureStatus {
  const message = whereFilesAre === '' ? outcome.message : `${outcome.message} ${whereFilesAre}`;
  const status = statusOf({ ...outcome, ...about(capture), ...targetOf(capture), ...requestOf(capture), message }, previousOf(capture), now);
  // The outcome may not have had room for all files.
  return whole(capture, { ...status, filesTotal: { count: outcome.fileCount, bytes: outcome.totalBytes } }, now);
}

/** It is over, and of what it has captured nothing is known. */
export function failedStatus(capture: DispatchedCapture, { code, message }: CaptureError, now: number): PacketCaptureStatus {
  return unknownEnd(capture, { progress: 'failure', reason: code, message }, now);
}

/** It was stopped before it captured. */
export function stoppedStatus(capture: DispatchedCapture, now: number): PacketCaptureStatus {
  return unknownEnd(capture, { progress: 'finished', reason: 'Stopped', message: 'It was stopped before it began.' }, now);
}

function unknownEnd(capture: DispatchedCapture, end: EndState & { readonly message: string }, now: number): PacketCaptureStatus {
  const began = Date.parse(capture.previous.startTime ?? '');
  const report = { ...about(capture), ...targetOf(capture), ...requestOf(capture), ...end, ...UNKNOWN_YIELD, ...(began > 0 && { startTime: began }), completionTime: now };
  const known = Object.entries(statusOf(report, previousOf(capture), now)).filter(([field]) => !YIELD_FIELDS.includes(field));
  return whole(capture, Object.fromEntries(known), now);
}

type Verdict = Pick<Condition, 'status' | 'reason' | 'message'>;

function begun(capture: DispatchedCapture, since: number | undefined, message: string, capturing: Verdict, now: number): PacketCaptureStatus {
  const { previous } = capture;
  const { conditions = [], ...taken } = scheduledStatus(capture, message, now);
  const verdicts: Partial<Record<string, Verdict>> = {
    Capturing: capturing,
    Complete: { status: 'False', reason: 'Running', message: 'The capture is running.' },
    Lossless: { status: 'Unknown', reason: 'Running', message: 'The end will tell.' },
  } satisfies Partial<Record<PacketCaptureConditionType, Verdict>>;
  const startTime = previous.startTime ?? (since === undefined ? undefined : time(since));
  return {
    ...taken,
    progress: 'running',
    ...(startTime !== undefined && { startTime }),
    conditions: conditions.map((condition) => {
      const verdict = verdicts[condition.type];
      const before = conditionOf(previous, condition.type);
      if (!verdict) return condition;
      return { type: condition.type, ...verdict, lastTransitionTime: before?.status === verdict.status ? before.lastTransitionTime : time(now) };
    }),
  };
}

/** With what the operator told before the capture was taken: its target is there now. */
function whole(capture: DispatchedCapture, status: PacketCaptureStatus, now: number): PacketCaptureStatus {
  const found = conditionOf(capture.previous, 'TargetFound') as Condition<OperatorConditionType> | undefined;
  const message = `Node ${capture.node} has it.`;
  return { ...status, conditions: [...(status.conditions ?? []), ...operatorConditions(found ? [found] : [], { TargetFound: message }, now)] };
}

function about({ uid, name, node }: DispatchedCapture) {
  return { source: PACKET_CAPTURE.kind, uid, name, node };
}

function targetOf({ target }: DispatchedCapture) {
  return target && { target };
}

function requestOf({ request }: DispatchedCapture) {
  return request && { request };
}

function previousOf({ previous }: DispatchedCapture): PacketCaptureStatus {
  return { ...previous, dispatcher: 'Job' };
}

function conditionOf({ conditions }: PacketCaptureStatus, type: string): Condition | undefined {
  return Array.isArray(conditions) ? (conditions as readonly Condition[]).find((condition) => condition.type === type) : undefined;
}
