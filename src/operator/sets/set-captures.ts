import {
  MAX_STATUS_CAPTURES,
  type PacketCaptureSetStatus,
  type SetCapture,
  type SetCapturesTotal,
  type StatusFilesTotal,
  type StatusPackets,
} from '../../api/v1alpha1/index.ts';
import { isTerminal } from '../../core/capture-progress.ts';
import { addCounters, NO_PACKETS } from '../../core/capture-result.ts';
import type { KnownChild } from './known-child.ts';

/** What is known of the captures that a set has made. */
export interface MadeCaptures {
  readonly children: readonly KnownChild[];
  /** Those that are gone, as they were last. */
  readonly removed: readonly KnownChild[];
  /** uids of Pods whose PacketCapture is gone. */
  readonly deleted: ReadonlySet<string>;
}

/** One entry for each Pod that the set ever captured. What somebody has deleted stays as it was last, and counts. */
export function capturesOf(previous: readonly SetCapture[], { children, removed, deleted }: MadeCaptures): readonly SetCapture[] {
  const gone = new Map(removed.map((child) => [child.podUID, child]));
  const present = new Map(children.map((child) => [child.podUID, child]));
  const known = new Set(previous.map(({ podUID }) => podUID));
  const added = [...new Map([...gone, ...present]).values()].filter(({ podUID }) => !known.has(podUID)).sort(byAge);
  const entries = [...previous, ...added].map((entry) => {
    const { podUID } = entry;
    const child = present.get(podUID) ?? gone.get(podUID);
    const capture = child ? captureOf(child) : entry;
    const isGone = !present.has(podUID) && (gone.has(podUID) || deleted.has(podUID));
    return isGone && !isTerminal(capture.progress) ? { ...capture, progress: 'failure' as const, reason: 'Deleted' } : capture;
  });
  return entries.slice(-MAX_STATUS_CAPTURES);
}

function byAge(a: KnownChild, b: KnownChild): number {
  return compare(a.createdAt, b.createdAt) || compare(a.pod, b.pod) || compare(a.name, b.name);
}

function captureOf({ name, pod, podUID, node, progress, reason, packets }: KnownChild): SetCapture {
  return {
    name,
    pod,
    podUID,
    ...(node !== undefined && { node }),
    ...(progress !== undefined && { progress }),
    ...(reason !== undefined && { reason }),
    ...(packets !== undefined && { packets }),
  };
}

export function totalOf(captures: readonly Pick<SetCapture, 'progress'>[]): SetCapturesTotal {
  const count = (progress: SetCapture['progress']) => captures.filter((capture) => capture.progress === progress).length;
  return { count: captures.length, scheduled: count('scheduled'), running: count('running'), finished: count('finished'), failure: count('failure') };
}

/** `3 captures: 1 waits for an agent, 2 running.` */
export function describeTotal({ count, scheduled, running, finished, failure }: SetCapturesTotal): string {
  const waiting = count - scheduled - running - finished - failure;
  const parts = [
    waiting > 0 && `${waiting} not taken by an agent yet`,
    scheduled > 0 && `${scheduled} scheduled`,
    running > 0 && `${running} running`,
    finished > 0 && `${finished} finished`,
    failure > 0 && `${failure} failed`,
  ].filter(Boolean);
  return `${count} ${count === 1 ? 'capture' : 'captures'}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}.`;
}

export function packetsOf(captures: readonly Pick<SetCapture, 'packets'>[]): StatusPackets {
  return captures.reduce((sum: StatusPackets, { packets }) => addCounters(sum, packets ?? NO_PACKETS), NO_PACKETS);
}

/** Of those that are still there. */
export function filesOf(children: readonly Pick<KnownChild, 'filesTotal'>[]): StatusFilesTotal {
  const totals = children.flatMap(({ filesTotal }) => filesTotal ?? []);
  return { count: totals.reduce((sum, { count }) => sum + count, 0), bytes: totals.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** When the first was capturing: RFC 3339. */
export function startTimeOf(previous: Pick<PacketCaptureSetStatus, 'startTime'>, children: readonly Pick<KnownChild, 'startTime'>[]): string | undefined {
  return [previous.startTime, ...children.map(({ startTime }) => startTime)].flatMap((at) => at ?? []).sort(compare)[0];
}

/** When the last had ended: RFC 3339. */
export function completionTimeOf(children: readonly Pick<KnownChild, 'completionTime'>[]): string | undefined {
  return children.flatMap(({ completionTime }) => completionTime ?? []).sort(compare).at(-1);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
