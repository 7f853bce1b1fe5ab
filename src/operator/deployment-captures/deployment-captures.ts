import { type KubernetesClient, Reflector, type ReflectorTimes } from '../../adapters/kubernetes/index.ts';
import type { DeploymentCaptureStatus } from '../../api/openshift/index.ts';
import { isTerminal } from '../../core/capture-progress.ts';
import type { Clock } from '../../core/clock.ts';
import { type CaptureError, SettingInvalidError } from '../../core/errors/index.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import type { AgentsConfig } from '../agents/agents-config.ts';
import type { AgentsSettings } from '../agents/agents-settings.ts';
import { JobApi } from '../jobs/job-api.ts';
import type { JobWatch } from '../jobs/job-watch.ts';
import { Reconciler } from '../reconciler.ts';
import { invalidStatus } from '../sets/sum-status.ts';
import { TargetWatch } from '../sets/target-watch.ts';
import { StatusLine } from '../status-line.ts';
import type { DeploymentTarget } from './config-map.ts';
import { DeploymentCaptureApi } from './deployment-capture-api.ts';
import { DeploymentCaptureKeeper } from './deployment-capture-keeper.ts';
import { milestonesOf } from './deployment-capture-status.ts';
import { isOurs } from './known-config.ts';
import { isValid, knownDeploymentCapture, type KnownDeploymentCapture, type ValidDeploymentCapture } from './known-deployment-capture.ts';
import { SharedConfigs } from './shared-configs.ts';

/** What {@link DeploymentCaptures} are made of. */
export interface DeploymentCapturesOptions extends ReflectorTimes {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Told what goes wrong and is tried again. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** Of the resources, and of their Jobs; the Deployments may be anywhere. */
  readonly namespace: string;
  /** Of the Jobs' Pods. It needs no rights. */
  readonly serviceAccount: string;
  /** Of the same namespace, started before. */
  readonly jobs: Pick<JobWatch, 'captureUids' | 'jobsOf' | 'onChange' | 'podsOf'>;
  /** How agents are run; started by somebody else. */
  readonly config: Pick<AgentsConfig, 'settings' | 'obstacle' | 'onChange'>;
  /** Time between two writes of a status that only move counters. Milliseconds. Default: 2,000. */
  readonly counterInterval?: number;
}

/**
 * Captures the Pods of the Deployment that a PacketCapture of OpenShift's group names, by a Job each. All it goes by is on the
 * API server: another process can take over at any moment. What was made for a resource goes with it: by the garbage collector,
 * or by this, whichever is first.
 */
export class DeploymentCaptures implements AsyncDisposable {
  readonly #options: DeploymentCapturesOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #life = new AbortController();
  readonly #api: DeploymentCaptureApi;
  readonly #jobApi: JobApi;
  readonly #captures: Reflector<KnownDeploymentCapture>;
  readonly #configs: SharedConfigs;
  readonly #queue: Reconciler;
  readonly #keepers = new Map<string, DeploymentCaptureKeeper>();

  constructor(options: DeploymentCapturesOptions) {
    const { client, clock, namespace, logger = silentLogger } = options;
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#api = new DeploymentCaptureApi(client, namespace, this.#life.signal);
    this.#jobApi = new JobApi(client, namespace, this.#life.signal);
    this.#queue = new Reconciler({ clock, logger, life: this.#life, watch: () => this.#watch(), reconcile: (uid) => this.#reconcile(uid) });
    this.#configs = new SharedConfigs({
      ...options,
      logger,
      api: this.#api,
      changed: ({ owners }) => {
        for (const { uid } of owners) this.#queue.add(uid);
      },
    });
    this.#captures = new Reflector<KnownDeploymentCapture>({
      ...options,
      path: this.#api.capturesPath,
      project: knownDeploymentCapture,
      changed: ({ uid, value, previous }) => {
        this.#queue.add(uid);
        // Whoever shares its ConfigMap, or waits for the names of its Jobs.
        if (value?.isDeleting !== previous?.isDeleting || !value || !previous) this.#addAllOf(value ?? previous);
      },
    });
  }

  /** What stands in the way at present: missing rights, an API server that does not answer. */
  get obstacles(): readonly CaptureError[] {
    return this.#queue.obstacles;
  }

  /** Resolves once the present resources are known, and goes on until the signal is aborted; rejects if that comes first. */
  start(signal: AbortSignal): Promise<void> {
    return this.#queue.start(signal, (reason) => void this.#stop(reason));
  }

  /** Resolves when what was under way has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop(new Error('the captures of Deployments were disposed'));
  }

  async #stop(reason: unknown): Promise<void> {
    this.#life.abort(reason);
    for (const keeper of this.#keepers.values()) keeper[Symbol.dispose]();
    await this.#queue.close();
  }

  async #watch(): Promise<void> {
    const { jobs, config } = this.#options;
    const { signal } = this.#life;
    await this.#api.probe(this.#api.capturesPath);
    await this.#configs.start(signal);
    await this.#captures.start(signal);
    const off = jobs.onChange((uid) => this.#jobsChanged(uid));
    signal.addEventListener('abort', off, { once: true });
    config.onChange(() => {
      for (const uid of this.#captures.uids()) this.#queue.add(uid);
    });
    // What was made for resources that went while nobody looked.
    const owners = this.#configs.all().flatMap((known) => known.owners.map(({ uid }) => uid));
    for (const uid of [...this.#captures.uids(), ...jobs.captureUids(), ...owners]) this.#queue.add(uid);
  }

  #jobsChanged(uid: string): void {
    this.#queue.add(uid);
    // Another one may wait for a name that is free now.
    if (!this.#captures.get(uid)) for (const other of this.#keepers.keys()) this.#queue.add(other);
  }

  async #reconcile(uid: string): Promise<void> {
    const capture = this.#captures.get(uid);
    if (!capture || capture.isDeleting || isTerminal(capture.progress)) this.#leave(uid);
    if (!this.#captures.isSynced || capture?.isDeleting) return;
    if (!capture) return this.#sweep(uid);
    if (!isValid(capture)) {
      if (!capture.demand.valid && !isTerminal(capture.progress)) await this.#refuse(capture, capture.demand.error);
      return;
    }
    if (!isTerminal(capture.progress)) await this.#keeperOf(capture).keep(capture);
    const { settings } = this.#options.config;
    const target = capture.demand.spec;
    if (settings) await this.#configs.refresh(target, this.#ownersOf(target), settings.environment);
  }

  async #refuse(capture: KnownDeploymentCapture, error: CaptureError): Promise<void> {
    this.#logger.warn({ capture: capture.name }, error.message);
    await this.#statusLine().send(capture, invalidStatus(capture, error, this.#clock.now()));
  }

  /** Deletes what was made for a resource that is gone, and belongs to no other. */
  async #sweep(uid: string): Promise<void> {
    const jobs = this.#options.jobs.jobsOf(uid).filter(({ owner, isDeleting }) => isOurs(owner) && !isDeleting);
    const isLiving = (other: { readonly uid: string }) => this.#captures.get(other.uid) !== undefined;
    const configs = this.#configs.all().filter(({ owners, isDeleting }) => !isDeleting && owners.some((owner) => owner.uid === uid) && !owners.some(isLiving));
    for (const job of jobs) {
      if (!(await this.#api.isGone(job.owner))) continue;
      await this.#jobApi.delete(job);
      this.#logger.info({ job: job.name }, 'deleted, as its PacketCapture is gone');
    }
    for (const config of configs) {
      const gone = await Promise.all(config.owners.map(async (owner) => isOurs(owner) && (await this.#api.isGone(owner))));
      if (!gone.every(Boolean)) continue;
      await this.#api.deleteConfigMap(config);
      this.#logger.info({ configMap: config.name }, 'deleted, as no PacketCapture needs it any more');
    }
  }

  #keeperOf({ uid, demand }: ValidDeploymentCapture): DeploymentCaptureKeeper {
    const known = this.#keepers.get(uid);
    if (known) return known;
    const { jobs, namespace, serviceAccount } = this.#options;
    const target = demand.spec;
    const keeper = new DeploymentCaptureKeeper({
      api: this.#api,
      jobApi: this.#jobApi,
      jobs,
      clock: this.#clock,
      logger: this.#logger,
      namespace,
      serviceAccount,
      status: this.#statusLine(),
      watch: (wanted) =>
        new TargetWatch({ ...this.#options, logger: this.#logger, target: wanted, signal: this.#life.signal, changed: () => this.#queue.add(uid) }),
      settings: () => this.#settings(),
      keepConfig: ({ environment }) => this.#configs.keep(target, this.#ownersOf(target), environment),
      again: (after) => this.#queue.addAfter(uid, after),
    });
    this.#keepers.set(uid, keeper);
    return keeper;
  }

  #settings(): AgentsSettings {
    const { settings, obstacle } = this.#options.config;
    if (settings) return settings;
    throw obstacle ?? new SettingInvalidError({ problem: 'The settings of the agents are not known yet.', advice: 'The Jobs are made as soon as they are.' });
  }

  /** All that live and name that Deployment. */
  #ownersOf(target: DeploymentTarget): readonly ValidDeploymentCapture[] {
    return [...this.#captures.uids()].flatMap((uid) => {
      const capture = this.#captures.get(uid);
      return capture && !capture.isDeleting && isValid(capture) && isSame(capture.demand.spec, target) ? capture : [];
    });
  }

  #addAllOf(capture: KnownDeploymentCapture | undefined): void {
    if (!capture || !isValid(capture)) return;
    for (const { uid } of this.#ownersOf(capture.demand.spec)) this.#queue.add(uid);
  }

  #statusLine(): StatusLine<DeploymentCaptureStatus> {
    return new StatusLine({
      apply: (capture, status) => this.#api.applyStatus(capture, status),
      milestonesOf,
      clock: this.#clock,
      interval: this.#options.counterInterval ?? 2_000,
    });
  }

  #leave(uid: string): void {
    this.#keepers.get(uid)?.[Symbol.dispose]();
    this.#keepers.delete(uid);
  }
}

function isSame(a: DeploymentTarget, b: DeploymentTarget): boolean {
  return a.targetNamespace === b.targetNamespace && a.targetDeployment === b.targetDeployment;
}
