import { describe, expect, it, test } from 'vitest';
import { formatOutcome, outcomeOf } from '../../../src/api/one-shot/capture-outcome.ts';
import { jobPod, type JobPod } from '../../../src/operator/jobs/job-pod.ts';
import { jobProgress, LOST_AFTER_MS } from '../../../src/operator/jobs/job-progress.ts';
import { knownJob, type KnownJob } from '../../../src/operator/jobs/known-job.ts';

const AT = '2026-01-31T12:00:00Z';
const NOW = Date.parse(AT);
const OWNER = { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture', name: 'c', uid: 'uid-c', controller: true };
const meta = { uid: 'uid-job', name: 'c-1234', namespace: 'pcapper', resourceVersion: '7', creationTimestamp: AT };

function job(conditions: readonly (readonly [type: string, reason?: string])[] = [], more: object = {}): KnownJob {
  const status = { conditions: conditions.map(([type, reason]) => ({ type, status: 'True', reason, message: 'In words.', lastTransitionTime: AT })) };
  const known = knownJob({ metadata: { ...meta, ownerReferences: [OWNER] }, spec: more, status } as never);
  if (!known) throw new Error('no Job');
  return known;
}

function pod(status: object, { name = 'c-1234-a', second = 0, isDeleting = false } = {}): JobPod {
  const metadata = {
    ...meta,
    uid: `uid-${name}`,
    name,
    creationTimestamp: AT.replace(':00Z', `:0${second}Z`),
    labels: { 'pcapper.io/capture-uid': 'uid-c' },
    ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'c-1234', uid: 'uid-job', controller: true }],
    ...(isDeleting && { deletionTimestamp: AT }),
  };
  const known = jobPod({ metadata, status });
  if (!known) throw new Error('no Pod');
  return known;
}

const container = (state: object, ready = false) => ({ containerStatuses: [{ name: 'capture', ready, state }] });
const result = {
  progress: 'finished',
  reason: 'TimeLimit',
  message: 'It ended at its time limit.',
  packets: { captured: 7, received: 7, dropped: 0 },
  files: [{ name: 'n1.c.1.pcap0', bytes: 24 }],
  wrapped: false,
  gaps: [],
  startTime: NOW,
  completionTime: NOW + 5_000,
} as const;
const outcome = outcomeOf('n1', result);
const ended = (message = formatOutcome(outcome), exitCode = 0) => ({ phase: 'Succeeded', ...container({ terminated: { exitCode, reason: 'Completed', message } }) });
const killed = { phase: 'Failed', ...container({ terminated: { exitCode: 137, signal: 9, reason: 'OOMKilled' } }) };
const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: AT }], ...container({ running: { startedAt: '2026-01-31T11:59:58Z' } }, true) };
const SEE_POD = 'See kubectl -n pcapper describe pod c-1234-a.';
const SEE_JOB = 'See kubectl -n pcapper describe job c-1234.';

describe('what a Job and its Pods amount to', () => {
  test.each<[string, KnownJob, readonly JobPod[], object]>([
    ['no Pod yet', job(), [], { state: 'waiting', reason: 'NoPod', message: `The Job c-1234 has no Pod yet. ${SEE_JOB}` }],
    ['suspended', job([], { suspend: true }), [], { state: 'waiting', reason: 'Suspended', message: 'The Job c-1234 is suspended.' }],
    [
      'no node has room',
      job(),
      [pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/2 nodes are available.' }] })],
      { state: 'waiting', reason: 'Unschedulable', message: `The Pod c-1234-a does not capture yet (Unschedulable: 0/2 nodes are available.). ${SEE_POD}` },
    ],
    [
      'the image cannot be pulled',
      job(),
      [pod({ phase: 'Pending', ...container({ waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "agent:1"' } }) })],
      { state: 'waiting', reason: 'ImagePullBackOff', message: `The Pod c-1234-a does not capture yet (ImagePullBackOff: Back-off pulling image "agent:1"). ${SEE_POD}` },
    ],
    ['just made', job(), [pod({ phase: 'Pending' })], { state: 'waiting', reason: 'Pending' }],
    ['its container runs, tcpdump does not capture', job(), [pod({ phase: 'Running', ...container({ running: { startedAt: AT } }) })], { state: 'waiting', reason: 'Starting' }],
    ['ready', job(), [pod(ready)], { state: 'running', since: NOW }],
    ['ready, and being ended', job(), [pod(ready, { isDeleting: true })], { state: 'running', since: NOW }],
    ['being ended before it captured', job(), [pod({ phase: 'Pending' }, { isDeleting: true })], { state: 'waiting', reason: 'Ending', message: 'The Pod c-1234-a is being ended.' }],
    ['ended with an outcome, before the Job says so', job(), [pod(ended())], { state: 'ended', outcome }],
    ['ended with an outcome', job([['Complete']]), [pod(ended())], { state: 'ended', outcome }],
    ['failed with an outcome', job([['Failed', 'PodFailurePolicy']]), [pod(ended(formatOutcome({ ...outcome, progress: 'failure' }), 1))], { state: 'ended', outcome: { ...outcome, progress: 'failure' } }],
    ['evicted after its clean stop, its outcome is the same', job([['Failed', 'BackoffLimitExceeded']]), [pod({ ...ended(), phase: 'Failed', reason: 'Evicted', message: 'Low on memory.' })], { state: 'ended', outcome }],
    ['killed, no other Pod yet', job(), [pod(killed)], { state: 'waiting', reason: 'Interrupted', message: `The Pod c-1234-a was interrupted (OOMKilled: ended by signal 9); another one goes on. ${SEE_POD}` }],
    ['killed, and gone on with', job(), [pod(ready, { name: 'c-1234-b', second: 5 }), pod(killed)], { state: 'running', since: NOW }],
    ['killed, and the next one tells the outcome', job(), [pod(killed), pod(ended(), { name: 'c-1234-b', second: 5 })], { state: 'ended', outcome }],
    ['over its deadline, its Pod is being ended', job([['FailureTarget', 'DeadlineExceeded']]), [pod(ready, { isDeleting: true })], { state: 'running', since: NOW }],
    [
      'over its deadline, waiting for its image',
      job([['FailureTarget', 'DeadlineExceeded'], ['Failed', 'DeadlineExceeded']]),
      [pod({ phase: 'Failed', ...container({ waiting: { reason: 'ErrImagePull', message: 'not found' } }) })],
      { state: 'failed', error: { code: 'JobTimedOut', message: `The Job c-1234 did not end in time: ErrImagePull: not found. What was written stays on the node. ${SEE_JOB}` } },
    ],
    ['over its deadline, no Pod is left', job([['FailureTarget', 'DeadlineExceeded']]), [], { state: 'failed', error: { code: 'JobTimedOut', message: `The Job c-1234 did not end in time. What was written stays on the node. ${SEE_JOB}` } }],
    ['killed again and again', job([['Failed', 'BackoffLimitExceeded']]), [pod(killed)], { state: 'failed', error: { code: 'JobInterrupted', message: `The Job c-1234 was interrupted more than 3 times: OOMKilled: ended by signal 9. What was written stays on the node. ${SEE_JOB}` } }],
    [
      'an order that nobody understands, with words',
      job([['Failed', 'PodFailurePolicy']]),
      [pod(ended('NODE_NAME is not set.', 2))],
      { state: 'failed', error: { code: 'JobFailed', message: `The Job c-1234 failed (PodFailurePolicy): Completed: exit code 2: NODE_NAME is not set. What was written stays on the node. ${SEE_JOB}` } },
    ],
    ['failed, its Pod is gone', job([['Failed', 'PodFailurePolicy']]), [], { state: 'failed', error: { code: 'JobFailed', message: `The Job c-1234 failed (PodFailurePolicy): In words. What was written stays on the node. ${SEE_JOB}` } }],
    ['complete, its Pod is gone', job([['Complete']]), [], { state: 'failed', error: { code: 'OutcomeLost' } }],
    ['complete, its Pod has told nothing', job([['Complete']]), [pod(ended(''))], { state: 'failed', error: { code: 'OutcomeLost' } }],
  ])('%s', (_, known, pods, expected) => {
    expect(jobProgress(known, pods, NOW)).toMatchObject(expected);
    expect(jobProgress(known, [...pods].reverse(), NOW)).toMatchObject(expected);
  });

  it('gives up a node that does not end its Pod', () => {
    const over = job([['FailureTarget', 'DeadlineExceeded']]);
    expect(jobProgress(over, [pod(ready, { isDeleting: true })], NOW + LOST_AFTER_MS - 1).state).toBe('running');
    expect(jobProgress(over, [pod(ready, { isDeleting: true })], NOW + LOST_AFTER_MS)).toMatchObject({ state: 'failed', error: { code: 'NodeLost' } });
    expect(jobProgress(over, [pod(ended(), { isDeleting: true })], NOW + LOST_AFTER_MS)).toMatchObject({ state: 'ended' });
  });

  it('knows no Job without an owner, and no Pod without a Job or the label', () => {
    expect(knownJob({ metadata: meta })).toBeUndefined();
    expect(jobPod({ metadata: { ...meta, labels: { 'pcapper.io/capture-uid': 'uid-c' } } })).toBeUndefined();
    expect(jobPod({ metadata: { ...meta, ownerReferences: [{ kind: 'Job', uid: 'j', controller: true }] } } as never)).toBeUndefined();
  });

  it('cuts what others say to what a status has room for', () => {
    expect(pod({ phase: 'Failed', reason: 'Evicted', message: 'x'.repeat(100_000) }).words.message).toHaveLength(1000);
  });
});
