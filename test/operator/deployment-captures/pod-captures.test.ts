import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../../src/api/one-shot/capture-outcome.ts';
import type { PodCapture } from '../../../src/api/openshift/index.ts';
import { readAgentsSettings } from '../../../src/operator/agents/agents-settings.ts';
import { jobOfPod } from '../../../src/operator/deployment-captures/job-of-pod.ts';
import { podCaptures } from '../../../src/operator/deployment-captures/pod-captures.ts';
import { JobNodeLostError } from '../../../src/operator/jobs/job-errors.ts';
import type { JobProgress } from '../../../src/operator/jobs/job-progress.ts';
import { knownJob, type KnownJob } from '../../../src/operator/jobs/known-job.ts';
import { resultOf } from './world.ts';

const NOW = Date.UTC(2026, 0, 31, 12);
const AT = '2026-01-31T12:00:00Z';
const spec = { jobId: 'qwer', targetNamespace: 'shop', targetDeployment: 'web', duration: '30' };

/** As the API server has the Job of a Pod. */
function jobOf(pod: string, second = 0): KnownJob {
  const known = { uid: `uid-${pod}`, name: pod, createdAt: AT, isRunning: true, hasEnded: false, hostNetwork: false, controller: undefined, templateHash: undefined, node: 'n1' };
  const capture = { uid: 'uid-c', name: 'c', createdAt: AT, labels: {} };
  const { metadata, ...job } = jobOfPod({ capture, spec, pod: known, settings: readAgentsSettings({}, 'agent:1'), configMap: 'shop-web', namespace: 'packet-capture', serviceAccount: 'pcapper-agent' });
  const found = knownJob({ ...job, metadata: { ...metadata, uid: `job-${pod}`, resourceVersion: '1', creationTimestamp: `2026-01-31T12:00:0${second}Z` } });
  if (!found) throw new Error('no Job');
  return found;
}

const waiting = (reason: string): JobProgress => ({ state: 'waiting', reason, message: `It is ${reason}.` });
const running: JobProgress = { state: 'running', since: NOW };
const ended = (captured = 7): JobProgress => ({ state: 'ended', outcome: outcomeOf('n1', resultOf(NOW + 30_000, captured)) });
const tell = (previous: readonly PodCapture[], ...views: readonly (readonly [KnownJob, JobProgress])[]) =>
  podCaptures(previous, views.map(([job, progress]) => ({ job, progress })), new Set(), NOW, 'packet-capture');

describe('what is told of Pods', () => {
  it('is in the order in which they got their Jobs, and stays so', () => {
    const [a, b, c] = [jobOf('a', 2), jobOf('b', 1), jobOf('c', 1)];
    const first = tell([], [a, waiting('NoPod')], [c, waiting('NoPod')], [b, waiting('NoPod')]);
    expect(first.map(({ name }) => name)).toEqual(['b', 'c', 'a']);
    const later = tell(first, [jobOf('0'), running], [a, running]);
    expect(later.map(({ name, progress }) => [name, progress])).toEqual([['b', 'scheduled'], ['c', 'scheduled'], ['a', 'running'], ['0', 'running']]);
  });

  it('does not begin anew when its Pod was interrupted', () => {
    const job = jobOf('a');
    const started = tell([], [job, running]);
    expect(started[0]).toMatchObject({ progress: 'running', startTime: AT });
    const interrupted = tell(started, [job, waiting('Interrupted')]);
    expect(interrupted[0]).toMatchObject({ progress: 'running', reason: 'Interrupted', startTime: AT });
    expect(tell(interrupted, [job, { state: 'running', since: NOW + 9_000 }])[0]).toMatchObject({ progress: 'running', startTime: AT });
  });

  it('is final, but for a node that was lost and comes back', () => {
    const job = jobOf('a');
    const lost = tell([], [job, { state: 'failed', error: new JobNodeLostError(job, 'DeadlineExceeded') }]);
    expect(lost[0]).toMatchObject({ progress: 'failure', reason: 'NodeLost', completionTime: AT });
    expect(tell(lost, [job, waiting('Ending')])).toEqual(lost);
    const back = tell(lost, [job, ended()]);
    expect(back[0]).toMatchObject({ progress: 'finished', reason: 'TimeLimit', packets: { captured: 7 } });
    expect(tell(back, [job, { state: 'failed', error: new JobNodeLostError(job, 'x') }])).toEqual(back);
    expect(tell(back)).toEqual(back);
  });

  it('has some files of many, and the number of all', () => {
    const files = Array.from({ length: 10 }, (_, index) => ({ name: `n1.c.1.pcap${index}`, bytes: 100 }));
    const [entry] = tell([], [jobOf('a'), { state: 'ended', outcome: outcomeOf('n1', resultOf(NOW, 1, { files })) }]);
    expect(entry?.files?.map(({ name }) => name)).toEqual(files.slice(-5).map(({ name }) => name));
    expect(entry?.filesTotal).toEqual({ count: 10, bytes: 1000 });
  });

  it.each([
    ['packets were dropped', { packets: { captured: 5, received: 6, dropped: 1 } }, 'False'],
    ['there was a gap', { gaps: [{ from: NOW - 2_000, to: NOW - 1_000, reason: 'killed' }] }, 'False'],
    ['all is there', {}, 'True'],
  ])('says whether packets were lost: %s', (_, more, lossless) => {
    expect(tell([], [jobOf('a'), { state: 'ended', outcome: outcomeOf('n1', resultOf(NOW, 5, more)) }])[0]?.lossless).toBe(lossless);
  });

  it('is nothing for a Job that does not say what it captures', () => {
    expect(tell([], [{ ...jobOf('a'), ordered: undefined }, running])).toEqual([]);
  });
});
