import { describe, expect, test } from 'vitest';
import { decideJob, type JobState } from '../../../src/operator/jobs/job-decision.ts';

const state = (progress: JobState['progress'], more: Partial<JobState> = {}): JobState => ({ isSuspended: false, hasLivePod: progress === 'running', progress, ...more });
const suspended = { isSuspended: true } as const;
const live = { hasLivePod: true } as const;

describe('what to do next with a capture of a Job', () => {
  test.each<[recorded: 'scheduled' | 'running', stop: boolean, job: JobState | undefined, decision: string]>([
    // Nothing but time ends it.
    ['scheduled', false, undefined, 'make'],
    ['running', false, undefined, 'make'],
    ['scheduled', false, state('waiting'), 'tell'],
    ['scheduled', false, state('running'), 'tell'],
    ['scheduled', false, state('ended'), 'tell'],
    ['scheduled', false, state('failed'), 'tell'],
    ['running', false, state('waiting'), 'tell'],
    ['running', false, state('running'), 'tell'],
    ['running', false, state('ended'), 'tell'],
    ['running', false, state('failed'), 'tell'],
    // Suspended by somebody else.
    ['scheduled', false, state('waiting', suspended), 'tell'],
    ['running', false, state('waiting', suspended), 'tell'],
    // It is to stop, and has not begun.
    ['scheduled', true, undefined, 'end-unbegun'],
    ['scheduled', true, state('waiting'), 'suspend'],
    ['scheduled', true, state('waiting', live), 'suspend'],
    ['scheduled', true, state('waiting', { ...suspended, ...live }), 'tell'],
    ['scheduled', true, state('waiting', suspended), 'end-unbegun'],
    // It is to stop, and captures.
    ['scheduled', true, state('running'), 'suspend'],
    ['running', true, state('running'), 'suspend'],
    ['running', true, state('running', suspended), 'tell'],
    // It was interrupted, or its Pod is being ended: what it holds is still to be told.
    ['running', true, state('waiting'), 'tell'],
    ['running', true, state('waiting', live), 'tell'],
    ['running', true, state('waiting', { ...suspended, ...live }), 'tell'],
    ['running', true, state('waiting', suspended), 'resume'],
    ['running', true, undefined, 'make'],
    ['scheduled', true, state('ended', suspended), 'tell'],
    ['running', true, state('ended', suspended), 'tell'],
    ['running', true, state('failed'), 'tell'],
  ])('%s, stop %s, %o: %s', (recorded, stop, job, decision) => {
    expect(decideJob(recorded, stop, job)).toBe(decision);
  });
});
