import { type CaptureTarget, type ClaimedTarget, describeTarget } from '../core/capture-target.ts';
import type { CaptureError } from '../core/errors/capture-error.ts';
import { InterfaceNotFoundError, PodNotFoundError, TargetNotServedError } from '../core/errors/target-errors.ts';
import { checkInterfaceName } from '../core/interface-name.ts';
import type { InterfaceResolver, LinkType, ResolvedInterface } from '../core/interface-resolver.ts';
import type { PodDirectory } from '../core/pod-directory.ts';

/** A target as a script names it: a Pod by `namespace/name`, a node's interface by `node/interface`. */
type TargetName = string;

interface Served {
  readonly device: string;
  readonly linkType: LinkType;
}

type Answer = Served | { readonly refusal: CaptureError };

/** Answers by a script; refuses what is not in it, and devices that a Pod of it does not have. */
export class FakeInterfaceResolver implements InterfaceResolver {
  /** As messages call it. */
  readonly name: string;
  readonly #pods: Pick<PodDirectory, 'find'> | undefined;
  readonly #answers = new Map<TargetName, Answer>();
  readonly #open = new Map<AbortController, TargetName>();
  readonly #targets = new WeakMap<ResolvedInterface, TargetName>();

  /** @param pods all that there are: others are refused as a real node refuses them, also by their uids. Absent: uids are not looked at. */
  constructor(name = 'Fake', pods?: Pick<PodDirectory, 'find'>) {
    this.name = name;
    this.#pods = pods;
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

  /** Answers at once. @throws what {@link FakeInterfaceResolver.refuse} has, TargetNotServedError of a target that is in no script, InterfaceNameInvalidError, InterfaceNotFoundError, PodNotFoundError, the signal's reason */
  // eslint-disable-next-line @typescript-eslint/require-await -- a throw is to become a rejection
  async resolve(target: ClaimedTarget, signal?: AbortSignal): Promise<ResolvedInterface> {
    signal?.throwIfAborted();
    const name = targetName(target);
    const answer = this.#answers.get(name);
    if (answer && 'refusal' in answer) throw answer.refusal;
    if (this.#pods) checkIsThere(target, answer, this.#pods);
    if (answer === undefined) throw new TargetNotServedError(this.name, describeTarget(target));
    const device = chosen(answer, target);
    const gone = new AbortController();
    this.#open.set(gone, name);
    const resolved: ResolvedInterface = {
      ...device,
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

function checkIsThere(target: ClaimedTarget, answer: Served | undefined, pods: Pick<PodDirectory, 'find'>): void {
  if (target.kind === 'pod' && pods.find(target.namespace, target.name)?.uid !== target.uid) throw new PodNotFoundError(describeTarget(target), 0);
  if (target.kind === 'node' && answer === undefined) throw new InterfaceNotFoundError(target.interface, `node ${target.node}`, []);
}

/** As the resolvers of real Pods choose among their devices. */
function chosen(served: Served, target: ClaimedTarget): Served {
  if (target.kind === 'node' || target.interface === undefined) return served;
  checkInterfaceName(target.interface);
  if (target.interface === 'any') return { device: 'any', linkType: 'LINUX_SLL2' };
  if (target.interface !== served.device) throw new InterfaceNotFoundError(target.interface, describeTarget(target), [served.device]);
  return served;
}

/** @internal As a script names it. */
export function targetName(target: CaptureTarget): TargetName {
  return target.kind === 'pod' ? `${target.namespace}/${target.name}` : `${target.node}/${target.interface}`;
}
