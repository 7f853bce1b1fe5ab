import { type Logger, silentLogger } from '../core/logger.ts';
import type { Controller } from './controller.ts';
import type { LeaderElection } from './lease/leader-election.ts';

/** What works during one term of leadership. */
export interface TermParts {
  /** Installs the CRDs: before it is at work, no controller is begun. */
  readonly crds: Controller;
  /** Rolls out the agents, or reads how Jobs are to be run; begun together with the CRDs. */
  readonly agents: Controller;
  /** What watches our resources, once the CRDs are there: begun in this order, each when those before are at work. */
  readonly controllers: readonly Pick<Controller, 'start'>[];
  /** What is to be let go of at the end. */
  readonly held: readonly AsyncDisposable[];
}

/** What an {@link Operator} is made of. */
export interface OperatorOptions {
  /** Run by {@link Operator.run}. */
  readonly election: Pick<LeaderElection, 'isInformed' | 'isLeading' | 'run'>;
  /** Makes the parts of a term anew: nothing of an earlier one is left. */
  readonly term: () => TermParts;
  /** Told when all parts are at work. Default: `silentLogger`. */
  readonly logger?: Logger;
}

/** The operator: applies for the Lease, and while it has it, lets all controllers work. */
export class Operator {
  readonly #election: OperatorOptions['election'];
  readonly #term: OperatorOptions['term'];
  readonly #logger: Logger;
  #isAtWork = false;

  constructor({ election, term, logger = silentLogger }: OperatorOptions) {
    this.#election = election;
    this.#term = term;
    this.#logger = logger;
  }

  /** It leads, and all of its parts are at work; or it knows that another leads. */
  get ready(): boolean {
    return this.#election.isLeading ? this.#isAtWork : this.#election.isInformed;
  }

  /** Resolves when everything is let go of after the signal was aborted. */
  run(signal: AbortSignal): Promise<void> {
    return this.#election.run((term) => this.#lead(term), signal);
  }

  async #lead(term: AbortSignal): Promise<void> {
    const { crds, agents, controllers, held } = this.#term();
    try {
      // Agents are rolled out meanwhile: they wait for the CRDs by themselves.
      await Promise.all([agents.start(term), this.#begin(crds, controllers, term)]);
      this.#isAtWork = true;
      this.#logger.info({}, 'the operator is at work');
      await aborted(term);
    } catch (error) {
      // That the term is over is told by the election.
      if (!term.aborted) throw error;
    } finally {
      this.#isAtWork = false;
      await Promise.all([crds, agents, ...held].map((part) => part[Symbol.asyncDispose]()));
    }
  }

  async #begin(crds: Controller, controllers: TermParts['controllers'], term: AbortSignal): Promise<void> {
    await crds.start(term);
    for (const controller of controllers) await controller.start(term);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
