import type { JobProgress } from './job-progress.ts';

/** What to do next with a capture that was given to a Job. */
export type JobDecision =
  /** Nothing but to tell what the Job and its Pods amount to. */
  | 'tell'
  /** Make the Job. Safe at any time: its Pod goes on with what is on the node's disk, or tells the result that it finds there. */
  | 'make'
  /** End its Pod, and make no others. What that has captured it tells as it ends. */
  | 'suspend'
  /** Let a Pod tell what an earlier one has left on disk: that its end was told was missed. */
  | 'resume'
  /** It was stopped before it captured anything. */
  | 'end-unbegun';

/** A Job, and what its Pods amount to. */
export interface JobState {
  readonly isSuspended: boolean;
  /** One of its Pods has not ended. */
  readonly hasLivePod: boolean;
  readonly progress: JobProgress['state'];
}

/**
 * From the present state alone, whoever wrote it and whatever happened in between.
 * @param recorded what the status says
 * @param stop whether it is to end early
 * @param job `undefined`: there is none
 */
export function decideJob(recorded: 'scheduled' | 'running', stop: boolean, job: JobState | undefined): JobDecision {
  if (!job) return stop && recorded === 'scheduled' ? 'end-unbegun' : 'make';
  if (!stop || job.progress === 'ended' || job.progress === 'failed') return 'tell';
  if (job.progress === 'running') return job.isSuspended ? 'tell' : 'suspend';
  if (!job.isSuspended) return recorded === 'running' ? 'tell' : 'suspend';
  if (job.hasLivePod) return 'tell';
  return recorded === 'running' ? 'resume' : 'end-unbegun';
}
