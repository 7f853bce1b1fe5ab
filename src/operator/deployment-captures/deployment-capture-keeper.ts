import { type DeploymentCaptureStatus, MAX_STATUS_PODS, type PodCapture } from '../../api/openshift/index.ts';
import { isTerminal } from '../../core/capture-progress.ts';
import type { Clock } from '../../core/clock.ts';
import { CaptureError } from '../../core/errors/index.ts';
import type { Logger } from '../../core/logger.ts';
import type { AgentsSettings } from '../agents/agents-settings.ts';
import { jobProgress } from '../jobs/job-progress.ts';
import type { JobWatch } from '../jobs/job-watch.ts';
import type { JobApi } from '../jobs/job-api.ts';
import { JobNameTakenError, JobNotRemovedError } from '../jobs/job-errors.ts';
import { knownJob, type KnownJob } from '../jobs/known-job.ts';
import { MissingRightError } from '../missing-right-error.ts';
import { ageOf } from '../packet-captures/age.ts';
import type { KnownPod } from '../sets/known-pod.ts';
import { ofEach } from '../sets/of-each.ts';
import { podsToCapture } from '../sets/pods-to-capture.ts';
import type { SetTarget, TargetFinding, TargetWatch } from '../sets/target-watch.ts';
import type { StatusLine } from '../status-line.ts';
import type { DeploymentCaptureApi } from './deployment-capture-api.ts';
import { JobIdTakenError, TooManyPodsError } from './deployment-capture-errors.ts';
import { type DeploymentCaptureEndReason, deploymentCaptureStatus } from './deployment-capture-status.ts';
import { jobNameOf, jobOfPod } from './job-of-pod.ts';
import { isOurs } from './known-config.ts';
import type { ValidDeploymentCapture } from './known-deployment-capture.ts';
import { type JobView, podCaptures } from './pod-captures.ts';

export interface DeploymentCaptureKeeperParts {
  readonly api: Pick<DeploymentCaptureApi, 'isGone'>;
  readonly jobApi: Pick<JobApi, 'create' | 'read' | 'progress'>;
  readonly jobs: Pick<JobWatch, 'jobsOf' | 'podsOf'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the Jobs. */
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly status: StatusLine<DeploymentCaptureStatus>;
  readonly watch: (target: SetTarget) => TargetWatch;
  /** @throws CaptureError while there are none. */
  readonly settings: () => AgentsSettings;
  /** Keeps the ConfigMap of its Deployment. @returns the name. @throws CaptureError */
  readonly keepConfig: (settings: AgentsSettings) => Promise<string>;
  /** Asks for another {@link DeploymentCaptureKeeper.keep} after that many milliseconds. */
  readonly again: (after: number) => void;
}

/** Nobody tells of a node that is lost. */
const LOST_NODE_INTERVAL_MS = 10_000;

/** Whoever has taken a name may go away; nobody tells. */
const NAME_TAKEN_RETRY_MS = 30_000;

/** What came of looking for Pods and of making their Jobs. */
interface Covering {
  readonly target?: TargetFinding | CaptureError;
  readonly made: readonly KnownJob[];
  /** Why Pods that run are not captured. */
  readonly uncovered: readonly CaptureError[];
  readonly failures: readonly Error[];
}

const NOTHING: Covering = { made: [], uncovered: [], failures: [] };

/** Brings one resource that has not ended to where it should be. What it remembers can all be found out anew. */
export class DeploymentCaptureKeeper implements Disposable {
  readonly #parts: DeploymentCaptureKeeperParts;
  /** `Clock.uptime` at which the first Job began; `Infinity`: none has. */
  #begunAt = Infinity;
  #wasSeenBefore = false;
  #target: TargetWatch | undefined;

  constructor(parts: DeploymentCaptureKeeperParts) {
    this.#parts = parts;
  }

  /** Never to be called again before it has resolved. */
  async keep(capture: ValidDeploymentCapture): Promise<void> {
    const { clock, jobs, status } = this.#parts;
    const { status: previous } = status.newest(capture);
    const known = await this.#known(capture, previous);
    this.#noteBegin(capture, this.#pods(previous, known));

    const isOpen = this.#timeLeft(capture) > 0;
    if (!isOpen) this[Symbol.dispose]();
    const covering = isOpen ? await this.#cover(capture, this.#pods(previous, known)) : NOTHING;
    if (!covering) return;
    const { made, target, uncovered, failures } = covering;
    const begun = made.map((job): JobView => ({ job, progress: jobProgress(job, jobs.podsOf(job.uid), clock.now()) }));
    const pods = this.#pods(previous, { ...known, views: [...known.views, ...begun] });

    const { generation } = capture;
    const ending = endingOf(pods, isOpen, target);
    const wait = await status.send(capture, deploymentCaptureStatus({ generation, previous, pods, ending, target, uncovered, now: clock.now() }));
    if (wait !== undefined) this.#parts.again(wait);
    this.#plan(capture, pods, known.views, uncovered);
    const [failure] = [...(CaptureError.is(target) ? [target] : []), ...failures];
    if (failure !== undefined) throw failure;
    // Its Pods need it for as long as one of them may be made anew.
    if (pods.some(({ progress }) => !isTerminal(progress))) await this.#parts.keepConfig(this.#parts.settings());
  }

  [Symbol.dispose](): void {
    this.#target?.[Symbol.dispose]();
    this.#target = undefined;
  }

  #pods({ pods = [] }: DeploymentCaptureStatus, { views, gone }: KnownJobs): readonly PodCapture[] {
    return podCaptures(pods, views, gone, this.#parts.clock.now(), this.#parts.namespace);
  }

  /** A Job of which the status tells and the watch does not was deleted, or the watch is late. */
  async #known({ uid }: ValidDeploymentCapture, { pods = [] }: DeploymentCaptureStatus): Promise<KnownJobs> {
    const { clock, jobApi, jobs } = this.#parts;
    const watched = jobs.jobsOf(uid);
    const names = new Set(watched.map(({ name }) => name));
    const late: KnownJob[] = [];
    const gone = new Set<string>();
    for (const { job, progress } of pods) {
      if (names.has(job) || isTerminal(progress)) continue;
      const found = await jobApi.read(job);
      if (found?.known?.owner.uid === uid) late.push(found.known);
      else gone.add(job);
    }
    const told = new Set(pods.filter(({ progress }) => isTerminal(progress)).map(({ job }) => job));
    const views: JobView[] = [];
    for (const job of [...watched, ...late]) {
      const [itsPods, now] = [jobs.podsOf(job.uid), clock.now()];
      views.push({ job, progress: told.has(job.name) ? jobProgress(job, itsPods, now) : await jobApi.progress(job, itsPods, now) });
    }
    return { views, gone };
  }

  /** A Job that this process saw begin has begun now; of the rest the wall clocks of their nodes tell. */
  #noteBegin({ createdAt }: ValidDeploymentCapture, pods: readonly PodCapture[]): void {
    const { clock } = this.#parts;
    const begins = pods.flatMap(({ startTime, completionTime }) => startTime ?? completionTime ?? []).map((at) => Date.parse(at));
    if (begins.length > 0 && this.#begunAt === Infinity) {
      this.#begunAt = clock.uptime() - (this.#wasSeenBefore ? 0 : ageOf(Math.min(...begins), createdAt, clock.now()));
    }
    this.#wasSeenBefore = true;
  }

  /** Milliseconds in which Jobs may yet begin; all of it until the first one has. */
  #timeLeft({ demand }: ValidDeploymentCapture): number {
    const duration = Number(demand.spec.duration) * 1000;
    return this.#begunAt === Infinity ? duration : this.#begunAt + duration - this.#parts.clock.uptime();
  }

  #plan(capture: ValidDeploymentCapture, pods: readonly PodCapture[], views: readonly JobView[], uncovered: readonly CaptureError[]): void {
    const left = this.#timeLeft(capture);
    if (this.#begunAt < Infinity && left > 0) this.#parts.again(left);
    if (uncovered.some(isNameTaken)) this.#parts.again(NAME_TAKEN_RETRY_MS);
    const unended = new Set(pods.filter(({ progress }) => !isTerminal(progress)).map(({ job }) => job));
    if (views.some(({ job: { name, end } }) => end && unended.has(name))) this.#parts.again(LOST_NODE_INTERVAL_MS);
  }

  /** `undefined` while it is not known what Pods there are. */
  async #cover(capture: ValidDeploymentCapture, pods: readonly PodCapture[]): Promise<Covering | undefined> {
    const target = await this.#find(capture);
    if (target === undefined) return undefined;
    if (CaptureError.is(target)) return { ...NOTHING, target };
    const placed = target.pods.filter(({ node }) => node !== undefined);
    const { next, beyond } = podsToCapture(placed, new Set(pods.map(({ uid }) => uid)), MAX_STATUS_PODS);
    const made: KnownJob[] = [];
    const failures = next.length === 0 ? [] : await this.#makeJobs(capture, next, made);
    const uncovered = failures.filter((error) => CaptureError.is(error));
    if (beyond.length > 0) uncovered.push(new TooManyPodsError(beyond.map(({ name }) => name)));
    return { target, made, uncovered, failures: failures.filter((error) => !isNameTaken(error)) };
  }

  /** An error that people have to know of, in place of what was found. */
  async #find({ demand }: ValidDeploymentCapture): Promise<TargetFinding | MissingRightError | undefined> {
    const { targetNamespace, targetDeployment: name } = demand.spec;
    this.#target ??= this.#parts.watch({ targetNamespace, targetRef: { kind: 'Deployment', name } });
    try {
      await this.#target.open();
    } catch (error) {
      if (error instanceof MissingRightError) return error;
      throw error;
    }
    return this.#target.finding;
  }

  /** @param made is filled. @returns what failed. */
  async #makeJobs(capture: ValidDeploymentCapture, pods: readonly KnownPod[], made: KnownJob[]): Promise<readonly Error[]> {
    try {
      const settings = this.#parts.settings();
      const configMap = await this.#parts.keepConfig(settings);
      return await ofEach(pods, async (pod) => {
        made.push(await this.#makeJob(capture, pod, settings, configMap));
      });
    } catch (error) {
      return [error as Error];
    }
  }

  async #makeJob(capture: ValidDeploymentCapture, pod: KnownPod, settings: AgentsSettings, configMap: string): Promise<KnownJob> {
    const { api, jobApi, logger, namespace, serviceAccount } = this.#parts;
    const { spec } = capture.demand;
    const { node = '' } = pod;
    const created = await jobApi.create(jobOfPod({ capture, spec, pod: { ...pod, node }, settings, configMap, namespace, serviceAccount }));
    const name = jobNameOf(spec, pod);
    if (created) logger.info({ capture: capture.name, job: name, pod: pod.name, node }, 'a Pod is to be captured');
    // Made by an earlier try whose answer was lost, or by another operator, and the watch is late; else it is somebody else's.
    const found = created ? { known: knownJob(created) } : await jobApi.read(name);
    const job = found?.known;
    const isFor = job?.ordered?.target.kind === 'pod' ? job.ordered.target.uid : undefined;
    if (job?.owner.uid === capture.uid && isFor === pod.uid) return job;
    const words = `${spec.targetNamespace}/${pod.name}`;
    const isOther = job && isOurs(job.owner) && job.owner.uid !== capture.uid;
    if (!found || (isOther && (await api.isGone(job.owner)))) throw new JobNotRemovedError({ name, namespace });
    throw isOther ? new JobIdTakenError(name, words, job.owner.name) : new JobNameTakenError({ name, namespace });
  }
}

interface KnownJobs {
  readonly views: readonly JobView[];
  /** Names of those that were deleted. */
  readonly gone: ReadonlySet<string>;
}

/** The state of the world that a status tells of; trying again at once would not help. */
function isNameTaken(error: Error): boolean {
  return error instanceof JobIdTakenError || error instanceof JobNameTakenError;
}

/** Why no more Jobs are made, once there was one. */
function endingOf(pods: readonly PodCapture[], isOpen: boolean, target: TargetFinding | CaptureError | undefined): DeploymentCaptureEndReason | undefined {
  if (pods.length === 0 || pods.some(({ progress }) => !isTerminal(progress))) return undefined;
  if (!isOpen) return 'TimeLimit';
  if (!target || CaptureError.is(target)) return undefined;
  const captured = new Set(pods.map(({ uid }) => uid));
  // One that ends makes room for another.
  const expected = target.pods.filter(({ uid, isRunning, hasEnded }) => isRunning || (!hasEnded && !captured.has(uid)));
  const isCovered = expected.length >= (target.replicas ?? 0) && expected.every(({ uid }) => captured.has(uid));
  return isCovered ? 'AllEnded' : undefined;
}
