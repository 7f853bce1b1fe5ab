import { type ClaimedTarget, describeTarget } from '../../core/capture-target.ts';
import { CaptureError, errorMessage } from '../../core/errors/capture-error.ts';
import { InterfaceNotResolvedError, TargetNotServedError } from '../../core/errors/target-errors.ts';
import type { InterfaceResolver, ResolvedInterface } from '../../core/interface-resolver.ts';

interface Refusal {
  readonly resolver: string;
  readonly error: CaptureError;
}

/** Names the resolver of a chain that has thrown what is no refusal. */
class ResolverFault extends Error {
  constructor(resolver: string, cause: unknown) {
    super(`The resolver "${resolver}" has thrown: ${errorMessage(cause)}`, { cause });
  }
}

/** Asks resolvers in order; the first that does not refuse serves the target. The next one is asked only after a `CaptureError`. */
export class InterfaceResolverChain implements InterfaceResolver {
  /** The names of its resolvers, joined by "else". */
  readonly name: string;
  readonly #resolvers: readonly InterfaceResolver[];

  /** @param resolvers the one that is to be asked first comes first */
  constructor(resolvers: readonly InterfaceResolver[]) {
    this.#resolvers = resolvers;
    this.name = resolvers.map(({ name }) => name).join(', else ');
  }

  /**
   * Asks one after the other, and passes `signal` on; what the first resolves is the answer.
   * @throws the refusal itself where those who serve such a target agree on one cause (by `code`), else
   * InterfaceNotResolvedError with all of them. What is not a `CaptureError` is no refusal and ends the search: an
   * `Error` that names the resolver, with what it threw as its `cause`.
   */
  async resolve(target: ClaimedTarget, signal?: AbortSignal): Promise<ResolvedInterface> {
    const refusals: Refusal[] = [];
    for (const resolver of this.#resolvers) {
      try {
        return await resolver.resolve(target, signal);
      } catch (error) {
        if (signal?.aborted || error instanceof ResolverFault) throw error;
        if (!CaptureError.is(error)) throw new ResolverFault(resolver.name, error);
        refusals.push({ resolver: resolver.name, error });
      }
    }
    const meant = refusals.filter(({ error }) => error.code !== TargetNotServedError.code);
    const [first, ...others] = meant;
    if (first !== undefined && others.every(({ error }) => error.code === first.error.code)) throw first.error;
    throw new InterfaceNotResolvedError(describeTarget(target), meant.length > 0 ? meant : refusals);
  }
}
