import { isDeepStrictEqual } from 'node:util';
import type { EventPost, KubernetesClient } from '../../adapters/kubernetes/index.ts';
import { API_VERSION, type Condition, dispatcherOf, type OperatorConditionType, PACKET_CAPTURE, type PacketCaptureStatus } from '../../api/v1alpha1/index.ts';
import { statusOf } from '../../api/v1alpha1/status-of.ts';
import { isTerminal } from '../../core/capture-progress.ts';
import type { CaptureRequest } from '../../core/capture-request.ts';
import { type CaptureTarget, type ClaimedTarget, describeTarget } from '../../core/capture-target.ts';
import type { Clock } from '../../core/clock.ts';
import { CaptureError } from '../../core/errors/index.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { AGENT_DAEMON_SET } from '../agents/agent-daemon-set.ts';
import type { AgentPlace } from '../agents/agent-pod.ts';
import type { AgentsConfig } from '../agents/agents-config.ts';
import type { AgentsSettings } from '../agents/agents-settings.ts';
import { explainMissingRight } from '../missing-right-error.ts';
import type { CaptureWatch } from '../packet-captures/capture-watch.ts';
import type { WatchedCapture } from '../packet-captures/watched-capture.ts';
import { Reconciler } from '../reconciler.ts';
import { untakenEnd } from '../sets/untaken-end.ts';
import { findTarget } from '../targets/find-target.ts';
import { NODE_LOST } from '../targets/lost-status.ts';
import { operatorConditions } from '../targets/operator-conditions.ts';
import { PodNotRunningError } from '../targets/target-errors.ts';
import { FIND_TARGET_RULES } from '../targets/target-rules.ts';
import { CaptureStatuses, conditionsIn, type ReadCapture } from './capture-statuses.ts';
import { captureJob, captureJobName, hashOf, JOB_TTL_SECONDS } from './capture-job.ts';
import { dispatchRules } from './dispatch-rules.ts';
import { filesOnNode } from './files-on-node.ts';
import { JobApi } from './job-api.ts';
import { decideJob } from './job-decision.ts';
import { JobGoneError } from './job-errors.ts';
import { type JobProgress, jobProgress, lostAt } from './job-progress.ts';
import { type DispatchedCapture, endedStatus, failedStatus, interruptedStatus, runningStatus, scheduledStatus, stoppedStatus } from './job-status.ts';
import type { JobWatch } from './job-watch.ts';
import type { KnownJob } from './known-job.ts';
import { TargetArrivals } from './target-arrivals.ts';

/** What a {@link JobDispatcher} is made of. */
export interface JobDispatcherOptions extends AgentPlace {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Told what goes wrong and is tried again. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** Of the same namespace; started by somebody else, later. */
  readonly captures: Pick<CaptureWatch, 'get' | 'onChange' | 'uids'>;
  /** Of the same namespace. */
  readonly jobs: Pick<JobWatch, 'jobsOf' | 'onChange' | 'podsOf'>;
  /** How the Pods of Jobs are run; started by somebody else. */
  readonly config: Pick<AgentsConfig, 'name' | 'obstacle' | 'onChange' | 'settings'>;
  /** Who tells of progress and of what stands in the way, as Events about the capture. */
  readonly events: Pick<EventPost, 'post'>;
}

/** Pods are often made together with their captures, or just after: so long nothing is said of one that is missing. */
const TARGET_GRACE_MS = 10_000;
/** For a Job's Pod to be scheduled and to begin: so long it is nothing to tell. */
const START_GRACE_MS = 5_000;
/** Between two looks for what is not there: a watch of the Pod tells sooner, and of nodes nobody tells. */
const RECHECK_MS = 30_000;
/** What ended is told by a Pod for as long as its record is on the node: KEEP_FILES_HOURS is an hour or more. */
const TOLD_WITHIN_MS = (JOB_TTL_SECONDS - 600) * 1000;

/**
 * Makes a Job for each PacketCapture that nobody has, and tells what comes of it. All it goes by is the status, the Job and
 * its Pods as they are: another process can take over at any moment. On the node's disk the agent in one-shot mode does the
 * same, by the uid of the capture.
 */
export class JobDispatcher implements AsyncDisposable {
  readonly #options: JobDispatcherOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #life = new AbortController();
  readonly #queue: Reconciler;
  readonly #api: JobApi;
  readonly #statuses: CaptureStatuses;
  readonly #arrivals: TargetArrivals;
  readonly #leaveJobs: () => void;
  /** `Clock.uptime` at which captures that nobody has were first seen, by uid. */
  readonly #seenAt = new Map<string, number>();
  #isStarted = false;

  /** Is to be made before the captures and the Jobs are watched. */
  constructor(options: JobDispatcherOptions) {
    const { client, clock, logger = silentLogger, namespace, captures, jobs, config, events } = options;
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    const { signal } = this.#life;
    this.#api = new JobApi(client, namespace, signal);
    this.#statuses = new CaptureStatuses({ client, logger, namespace, events, signal, rules: dispatchRules(config.name) });
    this.#queue = new Reconciler({ clock, logger, life: this.#life, watch: () => this.#begin(), reconcile: (uid) => this.#look(uid) });
    this.#arrivals = new TargetArrivals({ client, clock, logger, signal, changed: (uid) => this.#queue.add(uid) });
    captures.onChange(({ uid, value }) => {
      if (value) this.#queue.add(uid);
      else this.#forget(uid);
    });
    this.#leaveJobs = jobs.onChange((uid) => this.#queue.add(uid));
    config.onChange(() => this.#lookAtAll());
  }

  /** What stands in the way at present: missing rights, an API server that does not answer. */
  get obstacles(): readonly CaptureError[] {
    return this.#queue.obstacles;
  }

  /** Once the Jobs are known. Resolves when it is at work, and goes on until the signal is aborted; rejects if that comes first. */
  start(signal: AbortSignal): Promise<void> {
    return this.#queue.start(signal, (reason) => void this.#stop(reason));
  }

  /** Resolves when what was under way has ended; nothing is written afterwards. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop(new Error('the dispatcher was disposed'));
  }

  async #stop(reason: unknown): Promise<void> {
    this.#leaveJobs();
    this.#life.abort(reason);
    await this.#queue.close();
  }

  async #begin(): Promise<void> {
    await this.#warnOfAgents();
    this.#isStarted = true;
    this.#lookAtAll();
  }

  /** What was run before stays: it has captures, perhaps, and its removal is for people to decide. */
  async #warnOfAgents(): Promise<void> {
    const { client, namespace, config } = this.#options;
    const query = { fieldSelector: `metadata.name=${AGENT_DAEMON_SET}`, limit: 1 };
    try {
      const { items } = await client.list(`/apis/apps/v1/namespaces/${namespace}/daemonsets`, { query, signal: this.#life.signal });
      if (items.length === 0) return;
    } catch (error) {
      throw explainMissingRight(error, 'Role', dispatchRules(config.name));
    }
    this.#logger.warn(
      { daemonSet: AGENT_DAEMON_SET },
      `Captures are made by Jobs (DISPATCH=job), and the DaemonSet of agents is still there: its agents take captures, too. Remove it with kubectl -n ${namespace} delete daemonset ${AGENT_DAEMON_SET}.`,
    );
  }

  #lookAtAll(): void {
    for (const uid of this.#options.captures.uids()) this.#queue.add(uid);
  }

  #forget(uid: string): void {
    this.#arrivals.forget(uid);
    this.#seenAt.delete(uid);
  }

  async #look(uid: string): Promise<void> {
    const known = this.#options.captures.get(uid);
    if (!this.#isStarted || !known || known.isDeleting) return;
    const isUnclaimed = !known.isJob && known.node === undefined && known.progress === undefined;
    if (isUnclaimed) return this.#take(known);
    this.#forget(uid);
    if (known.isJob) await (isTerminal(known.progress) ? this.#settle(known) : this.#lookAfter(known));
  }

  /** What nobody has. */
  async #take(known: WatchedCapture): Promise<void> {
    const capture = await this.#statuses.read(known);
    if (!capture || capture.status.node !== undefined || capture.status.progress !== undefined) return;
    const { demand, stop } = capture.observed;
    const end = stop
      ? ({ progress: 'finished', reason: 'Stopped', message: 'It was stopped before it began.' } as const)
      : !demand.valid && ({ progress: 'failure', reason: demand.error.code, message: demand.error.message } as const);
    if (end) {
      await this.#statuses.write(capture, { ...untakenEnd(end, this.#clock.now()), dispatcher: 'Job' });
      return;
    }
    const { settings } = this.#options.config;
    if (!demand.valid || !settings) return;
    const { request } = demand;
    const found = await this.#find(request.target);
    if (CaptureError.is(found)) return this.#wait(capture, request.target, found);
    if (!found.isLive && request.target.kind === 'pod') return this.#wait(capture, request.target, new PodNotRunningError(request.target));
    this.#forget(known.uid);
    const { node, target } = found;
    const dispatched = { uid: known.uid, name: known.name, node, request, target, previous: capture.status };
    const message = `The Job ${jobNameOf(known)} is to capture ${describeTarget(target)} on node ${node}.`;
    const written = await this.#statuses.write(capture, scheduledStatus(dispatched, message, this.#clock.now()));
    if (!written) return;
    await this.#statuses.removeReason(written);
    await this.#make(written, { ...dispatched, target }, settings);
  }

  /** Until its target is there. */
  async #wait(capture: ReadCapture, target: CaptureTarget, error: CaptureError): Promise<void> {
    const { observed: { uid }, status } = capture;
    if (target.kind === 'pod') this.#arrivals.await(uid, target);
    const now = this.#clock.uptime();
    const seenAt = this.#seenAt.get(uid) ?? now;
    this.#seenAt.set(uid, seenAt);
    const graceLeft = seenAt + TARGET_GRACE_MS - now;
    this.#queue.addAfter(uid, graceLeft > 0 ? graceLeft : RECHECK_MS);
    if (graceLeft > 0) return;
    const before = conditionsIn(status);
    const found = before.filter(({ type }) => type === 'TargetFound') as Condition<OperatorConditionType>[];
    const told = operatorConditions(found, { TargetFound: error }, this.#clock.now());
    if (isDeepStrictEqual(found, told)) return;
    // With what was told when it was given back. No agent is to be ready for it.
    const { reason, message } = status;
    const others = before.filter(({ type }) => type !== 'TargetFound' && type !== 'AgentReady') as NonNullable<PacketCaptureStatus['conditions']>;
    const body = { ...(reason !== undefined && { reason }), ...(message !== undefined && { message }), conditions: [...others, ...told] };
    if (await this.#statuses.write(capture, body)) this.#statuses.warn(capture, { key: 'TargetFound', reason: error.code, note: error.message });
  }

  /** What a Job has, or is to have. */
  async #lookAfter(known: WatchedCapture): Promise<void> {
    const capture = await this.#statuses.read(known);
    const dispatched = capture && dispatchedOf(capture);
    if (!dispatched) return;
    const { progress: recorded } = capture.status;
    if (recorded !== 'scheduled' && recorded !== 'running') return;
    // The watch may be late, or somebody has taken its label from it.
    const job = this.#jobOf(known) ?? (await this.#readJob(known));
    const pods = job ? this.#options.jobs.podsOf(job.uid) : [];
    const progress = job && (await this.#api.progress(job, pods, this.#clock.now()));
    const state = job && progress && { isSuspended: job.isSuspended, hasLivePod: pods.some(({ hasEnded }) => !hasEnded), progress: progress.state };
    const decision = decideJob(recorded, capture.observed.stop, state);
    if (decision === 'make') return this.#makeAgain(capture, dispatched);
    if (decision === 'end-unbegun') {
      await this.#statuses.write(capture, stoppedStatus(dispatched, this.#clock.now()));
      return;
    }
    if (!job || !progress) return;
    await this.#tell(capture, dispatched, job, progress);
    if (decision === 'suspend' || decision === 'resume') await this.#api.suspend(job, decision === 'suspend');
    const untilLost = lostAt(job, pods) - this.#clock.now();
    if (untilLost > 0 && untilLost < Infinity) this.#queue.addAfter(known.uid, untilLost);
  }

  async #tell(capture: ReadCapture, dispatched: DispatchedCapture, job: KnownJob, progress: JobProgress): Promise<void> {
    const now = this.#clock.now();
    // The API server's clock and ours may differ; by much, nothing is concluded.
    const graceLeft = START_GRACE_MS - Math.abs(now - Date.parse(job.createdAt));
    if (progress.state === 'waiting' && capture.status.progress === 'scheduled' && graceLeft > 0) this.#queue.addAfter(dispatched.uid, graceLeft);
    else await this.#statuses.write(capture, this.#statusOf(capture, dispatched, job, progress, now));
  }

  #statusOf({ status: { progress: recorded }, observed }: ReadCapture, dispatched: DispatchedCapture, job: KnownJob, progress: JobProgress, now: number): PacketCaptureStatus {
    switch (progress.state) {
      case 'ended':
        return endedStatus(dispatched, progress.outcome, filesOnNode(progress.outcome, dispatched.node, job), now);
      case 'failed':
        return failedStatus(dispatched, progress.error, now);
      case 'running': {
        const target = observed.demand.valid ? describeTarget(observed.demand.request.target) : 'its target';
        return runningStatus(dispatched, progress.since, `The Job ${job.name} captures ${target} on node ${dispatched.node}. What it holds is told at its end.`, now);
      }
      case 'waiting':
        return recorded === 'running' ? interruptedStatus(dispatched, progress.message, now) : scheduledStatus(dispatched, progress.message, now);
    }
  }

  /** Its Job is not there: it was not made yet, or somebody has deleted it. */
  async #makeAgain(capture: ReadCapture, dispatched: DispatchedCapture): Promise<void> {
    const { settings } = this.#options.config;
    const { request, previous, node, uid } = dispatched;
    if (!settings || !request) return;
    const known = { ...request.target, ...(request.target.kind === 'pod' && previous.podUID !== undefined && { uid: previous.podUID }) };
    const found = await this.#find(known);
    const isThere = !CaptureError.is(found) && found.node === node;
    if (previous.progress === 'running') {
      const began = Date.parse(previous.startTime ?? '') || this.#clock.now();
      const isTooLate = this.#clock.now() > began + (request.limits.seconds ?? Infinity) * 1000 + TOLD_WITHIN_MS;
      if (isTooLate) {
        const gone = new JobGoneError({ name: jobNameOf(dispatched), namespace: this.#options.namespace }, node);
        await this.#statuses.write(capture, failedStatus(dispatched, gone, this.#clock.now()));
        return;
      }
      // Without its Pod, what it has captured is still told.
      const target = isThere ? found.target : dispatched.target;
      if (target) await this.#make(capture, { ...dispatched, target }, settings);
    } else if (isThere) {
      await this.#make(capture, { ...dispatched, target: found.target }, settings);
    } else {
      const message = `Node ${node} gives it back: its target is not there (any more).`;
      const report = { source: PACKET_CAPTURE.kind, uid, name: dispatched.name, node, progress: 'released', reason: 'TargetMoved', message } as const;
      await this.#statuses.write(capture, statusOf(report, previous, this.#clock.now()));
    }
  }

  async #make(capture: ReadCapture, dispatched: DispatchedCapture & { readonly target: ClaimedTarget }, settings: AgentsSettings): Promise<void> {
    const { namespace, serviceAccount } = this.#options;
    const { uid, name, node, target, request } = dispatched;
    if (!request) return;
    const owner = { apiVersion: API_VERSION, kind: PACKET_CAPTURE.kind, name, uid };
    const job = captureJob({ name: jobNameOf(dispatched), namespace, serviceAccount, owner, node, order: { request, target }, settings });
    try {
      await this.#api.make(job);
      this.#logger.info({ capture: name, job: job.metadata.name, node }, 'its Job is made');
    } catch (error) {
      if (CaptureError.is(error) && !this.#life.signal.aborted) {
        const now = this.#clock.now();
        const isRunning = capture.status.progress === 'running';
        await this.#statuses.write(capture, isRunning ? interruptedStatus(dispatched, error.message, now) : scheduledStatus(dispatched, error.message, now));
      }
      throw error;
    }
  }

  /** What has ended: nothing of it is to stay but what tells people of it. */
  async #settle(known: WatchedCapture): Promise<void> {
    const job = this.#jobOf(known);
    if (!job) return;
    const pods = this.#options.jobs.podsOf(job.uid);
    if (known.progress === 'failure' && known.reason === NODE_LOST) {
      const progress = jobProgress(job, pods, this.#clock.now());
      const capture = progress.state === 'ended' && progress.outcome.progress === 'finished' ? await this.#statuses.read(known) : undefined;
      const dispatched = capture && dispatchedOf(capture);
      if (dispatched) await this.#tell(capture, dispatched, job, progress);
    }
    // It has no end of its own, after which Kubernetes would delete it.
    if (job.isSuspended && !job.isDeleting && pods.every(({ hasEnded }) => hasEnded)) await this.#api.delete(job);
  }

  #jobOf(known: WatchedCapture): KnownJob | undefined {
    return this.#options.jobs.jobsOf(known.uid).find(({ name }) => name === jobNameOf(known));
  }

  async #readJob(known: WatchedCapture): Promise<KnownJob | undefined> {
    const found = await this.#api.read(jobNameOf(known));
    return found?.known?.owner.uid === known.uid ? found.known : undefined;
  }

  async #find(target: CaptureTarget) {
    try {
      return await findTarget(this.#options.client, target, this.#life.signal);
    } catch (error) {
      throw explainMissingRight(error, 'ClusterRole', FIND_TARGET_RULES);
    }
  }
}

/** Identity is the uid: a capture that is made again under its name has another Job. */
function jobNameOf({ name, uid }: { readonly name: string; readonly uid: string }): string {
  return captureJobName(name, hashOf(uid));
}


/** `undefined` for one that is no Job's. */
function dispatchedOf({ object, observed: { uid, name, demand }, status }: ReadCapture): DispatchedCapture | undefined {
  const { node } = status;
  if (dispatcherOf(object) !== 'Job' || node === undefined) return undefined;
  const valid = demand.valid ? { request: demand.request, target: recordedTarget(demand.request, status) } : {};
  return { uid, name, node, ...valid, previous: status };
}

/** The target as far as the status tells. */
function recordedTarget({ target }: CaptureRequest, { podUID = '' }: PacketCaptureStatus): ClaimedTarget {
  return target.kind === 'node' ? target : { ...target, uid: podUID, cgroupUid: podUID, hostNetwork: false };
}
