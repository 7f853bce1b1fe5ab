import { MAX_POD_FILES, type PodCapture } from '../../api/openshift/index.ts';
import type { CaptureOutcome } from '../../api/one-shot/capture-outcome.ts';
import { statusOf } from '../../api/v1alpha1/index.ts';
import { time } from '../../api/v1alpha1/time.ts';
import { isTerminal } from '../../core/capture-progress.ts';
import { filesOnNode } from '../jobs/files-on-node.ts';
import { JobGoneError } from '../jobs/job-errors.ts';
import type { JobProgress } from '../jobs/job-progress.ts';
import type { KnownJob } from '../jobs/known-job.ts';

/** A Job of a resource, and how far it is. */
export interface JobView {
  readonly job: KnownJob;
  readonly progress: JobProgress;
}

/**
 * One entry for each Pod that ever had a Job. What has ended stays as it was: Jobs are removed an hour after their end.
 * @param gone names of Jobs that were deleted
 * @param now milliseconds since the Unix epoch
 * @param namespace of the Jobs
 */
export function podCaptures(previous: readonly PodCapture[], views: readonly JobView[], gone: ReadonlySet<string>, now: number, namespace: string): readonly PodCapture[] {
  const known = new Map(previous.map((entry) => [entry.uid, entry]));
  const viewed = [...views].sort(byAge).flatMap((view) => entryOf(view, known, now) ?? []);
  const present = new Map(viewed.map((entry) => [entry.uid, entry]));
  const kept = previous.map((entry) => present.get(entry.uid) ?? (gone.has(entry.job) && !isTerminal(entry.progress) ? failed(entry, new JobGoneError({ name: entry.job, namespace }, entry.node), now) : entry));
  return [...kept, ...viewed.filter(({ uid }) => !known.has(uid))];
}

function byAge({ job: a }: JobView, { job: b }: JobView): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

/** `undefined` for a Job that does not say what it captures. */
function entryOf({ job, progress }: JobView, known: ReadonlyMap<string, PodCapture>, now: number): PodCapture | undefined {
  const { node, target } = job.ordered ?? {};
  if (node === undefined || target?.kind !== 'pod') return undefined;
  const before = known.get(target.uid);
  const identity = { name: target.name, uid: target.uid, node, job: job.name };
  // A node that was lost may come back with its outcome.
  if (before && isTerminal(before.progress) && progress.state !== 'ended') return before;
  switch (progress.state) {
    case 'waiting': {
      const { startTime } = before ?? {};
      // One that was interrupted is gone on with: it does not begin anew.
      return { ...identity, progress: startTime === undefined ? 'scheduled' : 'running', reason: progress.reason, message: progress.message, ...(startTime !== undefined && { startTime }) };
    }
    case 'running':
      return { ...identity, progress: 'running', message: 'tcpdump is capturing.', startTime: before?.startTime ?? time(progress.since) };
    case 'ended':
      return { ...identity, ...endOf(job, node, progress.outcome, now) };
    case 'failed':
      return failed({ ...identity, ...(before?.startTime !== undefined && { startTime: before.startTime }) }, progress.error, now);
  }
}

function endOf(job: KnownJob, node: string, outcome: CaptureOutcome, now: number): Omit<PodCapture, 'name' | 'uid' | 'node' | 'job'> {
  const { name, owner } = job;
  const { interface: device, startTime, completionTime, packets, files, conditions } = statusOf({ source: owner.kind, uid: owner.uid, name, ...outcome }, undefined, now);
  const lossless = conditions?.find(({ type }) => type === 'Lossless')?.status;
  return {
    progress: outcome.progress,
    reason: outcome.reason,
    message: `${outcome.message} ${filesOnNode(outcome, node, job)}`.trimEnd(),
    ...(device !== undefined && { interface: device }),
    ...(startTime !== undefined && { startTime }),
    ...(completionTime !== undefined && { completionTime }),
    ...(packets && { packets }),
    ...(lossless !== undefined && { lossless }),
    ...(files && { files: files.slice(-MAX_POD_FILES) }),
    filesTotal: { count: outcome.fileCount, bytes: outcome.totalBytes },
  };
}

function failed(
  { name, uid, node, job, startTime }: Pick<PodCapture, 'name' | 'uid' | 'node' | 'job' | 'startTime'>,
  { code, message }: { readonly code: string; readonly message: string },
  now: number,
): PodCapture {
  return { name, uid, node, job, progress: 'failure', reason: code, message, ...(startTime !== undefined && { startTime }), completionTime: time(now) };
}
