import { type ApiOutcome, KubernetesClient, loadConnection } from '../../../src/adapters/kubernetes/index.ts';
import { PacketCaptureSets } from '../../../src/operator/sets/index.ts';
import type { ManualClock } from '../../../src/testing/manual-clock.ts';
import { logged } from '../logged.ts';
import { NAMESPACE } from './cluster.ts';

/** A call that an operator made, and when. */
interface Call extends ApiOutcome {
  /** `Clock.uptime` of its answer. */
  readonly at: number;
}

/** The part of an operator that is of interest here. */
export class Operator implements AsyncDisposable {
  readonly sets: PacketCaptureSets;
  readonly started: Promise<void>;
  readonly calls: Call[];
  readonly lines: string[];
  readonly #client: KubernetesClient;
  readonly #life = new AbortController();

  /** Resolves once it knows the present sets. */
  static async start(kubeconfig: string, clock: ManualClock): Promise<Operator> {
    const operator = await Operator.launch(kubeconfig, clock);
    await operator.started;
    return operator;
  }

  static async launch(kubeconfig: string, clock: ManualClock): Promise<Operator> {
    return new Operator(await loadConnection({ kubeconfig }), clock);
  }

  private constructor(connection: ConstructorParameters<typeof KubernetesClient>[0], clock: ManualClock) {
    const calls: Call[] = [];
    this.calls = calls;
    this.#client = new KubernetesClient(connection, { observe: (outcome) => calls.push({ ...outcome, at: clock.uptime() }) });
    const { logger, lines } = logged();
    this.lines = lines;
    this.sets = new PacketCaptureSets({ client: this.#client, clock, logger, namespace: NAMESPACE });
    this.started = this.sets.start(this.#life.signal);
    this.started.catch(() => undefined);
  }

  of(method: string, path: RegExp): readonly Call[] {
    return this.calls.filter((call) => call.method === method && path.test(call.path));
  }

  async stop(): Promise<void> {
    this.#life.abort(new Error('lost the Lease'));
    await this.sets[Symbol.asyncDispose]();
    this.#client[Symbol.dispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
