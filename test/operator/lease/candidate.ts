import { type ApiOutcome, type KubernetesClient, type KubernetesObject, loadConnection } from '../../../src/adapters/kubernetes/index.ts';
import type { Logger } from '../../../src/core/logger.ts';
import { LeaderElection } from '../../../src/operator/lease/leader-election.ts';
import type { LeaseSpec } from '../../../src/operator/lease/lease.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import type { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { AttendedClient } from './attended-client.ts';

export const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';

let leases = 0;

/** One Lease of a real API server, and those who compete for it. */
export class Contest implements AsyncDisposable {
  readonly name = `operator-${++leases}`;
  readonly path = `${LEASES}/${this.name}`;
  readonly api: KubeApiserver;
  readonly #candidates: Candidate[] = [];
  #mostAtOnce = 0;

  constructor(api: KubeApiserver) {
    this.api = api;
  }

  /** How many thought at the same time that they lead. */
  get mostAtOnce(): number {
    return this.#mostAtOnce;
  }

  async candidate(identity: string, options: CandidateOptions = {}): Promise<Candidate> {
    const connection = await loadConnection({ kubeconfig: options.kubeconfig ?? this.api.kubeconfig });
    const candidate = new Candidate(this.name, identity, options, connection, () => {
      this.#mostAtOnce = Math.max(this.#mostAtOnce, this.#candidates.filter(({ leads }) => leads).length);
    });
    this.#candidates.push(candidate);
    return candidate;
  }

  /** One that leads. */
  async leader(options: CandidateOptions = {}): Promise<Candidate> {
    const a = await this.candidate('a', options);
    await a.untilItLeads();
    return a;
  }

  /** One that leads, and another that knows of it. */
  async leaderAndOther(): Promise<{ readonly a: Candidate; readonly b: Candidate }> {
    const a = await this.leader();
    const b = await this.candidate('b');
    await eventually(() => b.log.some((line) => line.startsWith('another leads')));
    return { a, b };
  }

  async lease(): Promise<KubernetesObject & { readonly spec: LeaseSpec }> {
    const answer = await this.api.request('GET', this.path);
    if (answer.status !== 200) throw new Error(`${this.path}: ${answer.status}`);
    return answer.body as KubernetesObject & { readonly spec: LeaseSpec };
  }

  /** As somebody does by hand. */
  async edit(body: object): Promise<void> {
    const { status } = await this.api.request('PATCH', this.path, body, { contentType: 'application/merge-patch+json' });
    if (status !== 200) throw new Error(`${this.path}: ${status}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#candidates.map((candidate) => candidate[Symbol.asyncDispose]()));
  }
}

interface CandidateOptions {
  readonly kubeconfig?: string;
  readonly clock?: ManualClock;
  /** What it does once its term is over, before it settles. */
  readonly windUp?: () => Promise<void>;
}

/** Who would lead; its time stands still until it is moved. */
export class Candidate implements AsyncDisposable {
  readonly identity: string;
  readonly clock: ManualClock;
  readonly client: AttendedClient;
  readonly calls: ApiOutcome[] = [];
  readonly log: string[] = [];
  /** Its terms so far. */
  readonly terms: AbortSignal[] = [];
  readonly ended: Promise<void>;
  readonly #life = new AbortController();
  #failWork: ((error: Error) => void) | undefined;

  constructor(lease: string, identity: string, options: CandidateOptions, connection: ConstructorParameters<typeof KubernetesClient>[0], begun: () => void) {
    this.identity = identity;
    this.clock = options.clock ?? new ManualClock();
    this.client = new AttendedClient(connection, { observe: (outcome) => this.calls.push(outcome) });
    const log = (fields: object, message: string) => void this.log.push(`${message} ${JSON.stringify(fields)}`);
    const logger: Logger = { debug: () => undefined, info: log, warn: log, error: log };
    const election = new LeaderElection({ client: this.client, clock: this.clock, logger, namespace: 'default', name: lease, identity });
    const lead = async (term: AbortSignal): Promise<void> => {
      this.terms.push(term);
      begun();
      await new Promise<void>((resolve, reject) => {
        this.#failWork = reject;
        term.addEventListener('abort', () => resolve(), { once: true });
      });
      await options.windUp?.();
    };
    this.ended = election.run(lead, this.#life.signal);
    this.ended.catch(() => undefined);
  }

  get leads(): boolean {
    return this.terms.at(-1)?.aborted === false;
  }

  /** Why its last term was over. */
  get loss(): string | undefined {
    const reason: unknown = this.terms.at(-1)?.reason;
    return reason instanceof Error ? reason.message : undefined;
  }

  /** How often it has written the Lease. */
  get writes(): number {
    return this.calls.filter(({ method }) => method === 'PATCH' || method === 'POST').length;
  }

  async untilItLeads(): Promise<void> {
    await eventually(() => this.leads);
  }

  /** Moves its time to the next renewal and lets that arrive. */
  async renew(): Promise<void> {
    const before = this.writes;
    await this.clock.advance(5_000);
    await eventually(async () => {
      // What it waited for before may have been answered only meanwhile: its five seconds begin then.
      if (this.writes === before && this.client.underway === 0) await this.clock.advance(500);
      return this.writes > before;
    });
  }

  /** Moves its time, but not past calls that are answered at the time: what is fast by its clock may be slow by others. */
  async passes(ms: number): Promise<void> {
    await eventually(() => this.client.underway === 0);
    await this.clock.advance(ms);
  }

  /** Resolves when its watch has told of that version of the Lease. */
  async hears({ metadata: { resourceVersion } }: KubernetesObject): Promise<void> {
    await eventually(() => this.client.heard === resourceVersion);
  }

  /** Ends it in good order. */
  stop(): Promise<void> {
    this.#life.abort(new Error('SIGTERM'));
    return this.ended;
  }

  /** It is no more, from one moment to the next: its time stands still, its connections break. */
  die(): void {
    this.client[Symbol.dispose]();
  }

  failWork(error: Error): void {
    this.#failWork?.(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(new Error('test over'));
    let isOver = false;
    const over = () => (isOver = true);
    this.ended.then(over, over);
    await eventually(async () => {
      await this.clock.advance(1_000);
      return isOver;
    });
    this.client[Symbol.dispose]();
  }
}
