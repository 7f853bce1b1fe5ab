import { type ApiOutcome, EventPost, KubernetesClient, loadConnection } from '../../../src/adapters/kubernetes/index.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { AgentsConfig } from '../../../src/operator/agents/agents-config.ts';
import { JobDispatcher } from '../../../src/operator/jobs/job-dispatcher.ts';
import { JobWatch } from '../../../src/operator/jobs/job-watch.ts';
import { CaptureWatch } from '../../../src/operator/packet-captures/capture-watch.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { NAMESPACE } from '../../adapters/kubernetes/capture-api.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { logged } from '../logged.ts';
import type { JobObject } from './played-jobs.ts';

/** The part of an operator that makes captures by Jobs. */
export class Operator {
  readonly calls: ApiOutcome[] = [];
  readonly lines: string[];
  readonly config: AgentsConfig;
  readonly #captures: CaptureWatch;
  readonly #jobs: JobWatch;
  readonly #dispatcher: JobDispatcher;
  readonly #events: EventPost;
  readonly #client: KubernetesClient;
  readonly #clock: Clock;
  readonly #life = new AbortController();
  #isStopped = false;

  static async start(kubeconfig: string, clock: Clock): Promise<Operator> {
    const operator = new Operator(await loadConnection({ kubeconfig }), clock);
    const { signal } = operator.#life;
    await operator.config.start(signal);
    await operator.#jobs.start(signal);
    await operator.#dispatcher.start(signal);
    await operator.#captures.start(signal);
    return operator;
  }

  private constructor(connection: ConstructorParameters<typeof KubernetesClient>[0], clock: Clock) {
    this.#client = new KubernetesClient(connection, { observe: (outcome) => this.calls.push(outcome) });
    this.#clock = clock;
    const { logger, lines } = logged();
    this.lines = lines;
    const options = { client: this.#client, clock, logger, namespace: NAMESPACE };
    this.#events = new EventPost({ ...options, controller: 'pcapper.io/operator', instance: 'test', delay: 0 });
    this.config = new AgentsConfig({ ...options, events: this.#events, configMap: 'pcapper-config', image: 'agent:1' });
    this.#captures = new CaptureWatch(options);
    this.#jobs = new JobWatch(options);
    this.#dispatcher = new JobDispatcher({ ...options, captures: this.#captures, jobs: this.#jobs, config: this.config, events: this.#events, serviceAccount: 'pcapper-agent' });
  }

  /** Calls that were not allowed, or written without looking. */
  get refused(): readonly string[] {
    return this.calls.filter(({ statusCode }) => statusCode === 403 || statusCode === 422).map(({ method, path, statusCode }) => `${statusCode} ${method} ${path}`);
  }

  /** Refusals so far were meant. */
  forgive(): void {
    this.calls.length = 0;
  }

  /** Resolves when it knows that a Job is over. */
  async seesEnd(job: JobObject): Promise<void> {
    await eventually(() => this.#jobs.jobsOf(job.metadata.ownerReferences[0]?.uid ?? '').some(({ end }) => end !== undefined));
  }

  /** Resolves when it knows that a Pod of a Job is being deleted. */
  async seesDeletion(job: JobObject): Promise<void> {
    await eventually(() => this.#jobs.podsOf(job.metadata.uid).some(({ isDeleting }) => isDeleting));
  }

  /** Resolves when all Events are made, and calls that were begun by now are answered. */
  async idle(): Promise<void> {
    await this.#flush();
    await this.#client.get('/version');
  }

  /** Events wait by the clock. */
  async #flush(): Promise<void> {
    let isFlushed = false;
    const flushed = this.#events.flush().then(() => (isFlushed = true));
    await eventually(async () => {
      if (this.#clock instanceof ManualClock) await this.#clock.advance(1);
      return isFlushed;
    });
    await flushed;
  }

  /** It is away. */
  async pause(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.#flush();
    this.#life.abort(new Error('lost the Lease'));
    await Promise.all([this.#dispatcher[Symbol.asyncDispose](), this.config[Symbol.asyncDispose]()]);
    this.#events[Symbol.dispose]();
    this.#client[Symbol.dispose]();
  }

  stop(): Promise<void> {
    return this.pause();
  }
}
