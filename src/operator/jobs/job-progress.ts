import type { CaptureOutcome } from '../../api/one-shot/capture-outcome.ts';
import type { CaptureError } from '../../core/errors/index.ts';
import { JobFailedError, JobInterruptedError, JobNodeLostError, JobTimedOutError, OutcomeLostError } from './job-errors.ts';
import type { JobPod, PodWords } from './job-pod.ts';
import type { KnownJob } from './known-job.ts';

/** How far the capture of a Job is. */
export type JobProgress =
  /** tcpdump does not capture yet, or not at present: a Pod that was interrupted is followed by another, which goes on. */
  | {
      /** It may begin, or go on, by itself. */
      readonly state: 'waiting';
      /** What it waits for; CamelCase, as {@link PodWords.reason}. */
      readonly reason: string;
      /** The same in plain words, with the command that tells more. */
      readonly message: string;
    }
  | {
      /** tcpdump is capturing. */
      readonly state: 'running';
      /** Milliseconds since the Unix epoch, by the wall clock of its node. */
      readonly since: number;
    }
  | {
      /** A Pod of it has told what came of the capture, be it a failure. */
      readonly state: 'ended';
      /** What it has told. */
      readonly outcome: CaptureOutcome;
    }
  | {
      /** It is over, and what came of it is not known. */
      readonly state: 'failed';
      /** Why. */
      readonly error: CaptureError;
    };

/** A kubelet that is at work ends a Pod well within this time: its grace period is a minute. Milliseconds. */
export const LOST_AFTER_MS = 150_000;

/**
 * What a Job and its Pods amount to.
 * @param now milliseconds since the Unix epoch
 */
export function jobProgress(job: KnownJob, pods: readonly JobPod[], now: number): JobProgress {
  const newestFirst = [...pods].sort(byAge).reverse();
  const outcome = newestFirst.find((pod) => pod.outcome)?.outcome;
  if (outcome) return { state: 'ended', outcome };
  const { end } = job;
  const [newest] = newestFirst;
  const live = newestFirst.find(({ hasEnded }) => !hasEnded);
  if (end && (end.isSettled || !live)) return { state: 'failed', error: failureOf(job, end.reason, end.isComplete, newest) };
  if (now >= lostAt(job, pods)) return { state: 'failed', error: new JobNodeLostError(job, end?.reason ?? 'Suspended') };
  if (live?.capturingSince !== undefined) return { state: 'running', since: live.capturingSince };
  return { state: 'waiting', ...waitingFor(job, live ?? newest) };
}

/**
 * When its node is given up: it is over, or suspended, and its Pod seems to go on.
 * @returns milliseconds since the Unix epoch; `Infinity`: its Pod may go on, or has ended
 */
export function lostAt({ end, isSuspended }: KnownJob, pods: readonly JobPod[]): number {
  const live = pods.find(({ hasEnded }) => !hasEnded);
  if (!live || end?.isSettled) return Infinity;
  return (end?.at ?? (isSuspended ? live.endsBy : undefined) ?? Infinity) + LOST_AFTER_MS;
}

function failureOf(job: KnownJob, reason: string, isComplete: boolean, last: JobPod | undefined): CaptureError {
  if (isComplete) return new OutcomeLostError(job);
  const words = last && describe(last.words);
  if (reason === 'DeadlineExceeded') return new JobTimedOutError(job, words);
  if (reason === 'BackoffLimitExceeded') return new JobInterruptedError(job, words);
  return new JobFailedError(job, reason, words ?? job.end?.message);
}

function waitingFor({ name, namespace, isSuspended }: KnownJob, pod: JobPod | undefined): PodWords {
  const see = (kind: string, object: string) => `See kubectl -n ${namespace} describe ${kind} ${object}.`;
  if (!pod) {
    return isSuspended
      ? { reason: 'Suspended', message: `The Job ${name} is suspended.` }
      : { reason: 'NoPod', message: `The Job ${name} has no Pod yet. ${see('job', name)}` };
  }
  const words = describe(pod.words);
  if (pod.hasEnded) return { reason: 'Interrupted', message: `The Pod ${pod.name} was interrupted (${words}); another one goes on. ${see('pod', pod.name)}` };
  if (pod.isDeleting) return { reason: 'Ending', message: `The Pod ${pod.name} is being ended.` };
  return { reason: pod.words.reason, message: `The Pod ${pod.name} does not capture yet (${words}). ${see('pod', pod.name)}` };
}

function describe({ reason, message }: PodWords): string {
  return message === '' ? reason : `${reason}: ${message}`;
}

function byAge(a: JobPod, b: JobPod): number {
  return a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0;
}
