import { type CaptureTarget, type ClaimedTarget, describeTarget } from '../core/capture-target.ts';
import type { CaptureError } from '../core/errors/capture-error.ts';
import { TargetNotServedError } from '../core/errors/target-errors.ts';
import type { InterfaceResolver, LinkType, ResolvedInterface } from '../core/interface-resolver.ts';

/** A target as a script names it: a Pod by `namespace/name`, a node's interface by `node/interface`. */
type TargetName = string;

type Answer = { readonly device: string; readonly linkType: LinkType } | { readonly refusal: CaptureError };

/** Answers by a script; refuses what is not in it. */
export class FakeInterfaceResolver implements InterfaceResolver {
  /** As messages call it. */
  readonly name: string;
  readonly #answers = new Map<TargetName, Answer>();
  readonly #open = new Map<AbortController, TargetName>();
  readonly #targets = new WeakMap<ResolvedInterface, TargetName>();

  constructor(name = 'Fake') {
    this.name = name;
  }

  /** From now on the target resolves to this device, in the agent's own network namespace. */
  serve(target: TargetName, device = 'eth0', linkType: LinkType = 'EN10MB'): void {
    this.#answers.set(target, { device, linkType });
  }

  /** From now on the target is refused. */
  refuse(target: TargetName, refusal: CaptureError): void {
    this.#answers.set(target, { refusal });
  }

  /** The target goes away: whoever has it is told. Whether it is served from now on, `serve` and `refuse` say. */
  goAway(target: TargetName, reason = `${target} is gone.`): void {
    for (const [gone, name] of this.#open) if (name === target) gone.abort(reason);
  }

  /** Number of interfaces that were resolved and not yet disposed. */
  get open(): number {
    return this.#open.size;
  }

  /** Answers at once. @throws what {@link FakeInterfaceResolver.refuse} has, TargetNotServedError of a target that is in no script, the signal's reason */
  // eslint-disable-next-line @typescript-eslint/require-await -- a throw is to become a rejection
  async resolve(target: ClaimedTarget, signal?: AbortSignal): Promise<ResolvedInterface> {
    signal?.throwIfAborted();
    const name = targetName(target);
    const answer = this.#answers.get(name);
    if (answer === undefined) throw new TargetNotServedError(this.name, describeTarget(target));
    if ('refusal' in answer) throw answer.refusal;
    const gone = new AbortController();
    this.#open.set(gone, name);
    const resolved: ResolvedInterface = {
      ...answer,
      gone: gone.signal,
      [Symbol.asyncDispose]: () => {
        this.#open.delete(gone);
        return Promise.resolve();
      },
    };
    this.#targets.set(resolved, name);
    return resolved;
  }

  /** What an interface was resolved for; `undefined` of one that is not this resolver's. */
  targetOf(resolved: ResolvedInterface): string | undefined {
    return this.#targets.get(resolved);
  }
}

/** @internal As a script names it. */
export function targetName(target: CaptureTarget): TargetName {
  return target.kind === 'pod' ? `${target.namespace}/${target.name}` : `${target.node}/${target.interface}`;
}
