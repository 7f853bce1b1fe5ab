import { type ClaimedPod, type ClaimedTarget, describeTarget } from '../../core/capture-target.ts';
import { TargetNotServedError } from '../../core/errors/target-errors.ts';
import { checkInterfaceName } from '../../core/interface-name.ts';
import type { LinkType, ResolvedInterface } from '../../core/interface-resolver.ts';
import type { GoneWatch } from './gone-watch.ts';
import { ANY_DEVICE } from './network-devices.ts';

/**
 * One device of a Pod with a network namespace of its own has a counterpart on the node; nothing else has.
 * @throws TargetNotServedError, InterfaceNameInvalidError
 */
export function checkHasHostSide(resolver: string, target: ClaimedTarget): asserts target is ClaimedPod {
  const described = describeTarget(target);
  if (target.kind !== 'pod') throw new TargetNotServedError(resolver, described, 'it is no Pod');
  if (target.hostNetwork) throw new TargetNotServedError(resolver, described, 'it uses the network of its node');
  if (target.interface === ANY_DEVICE) throw new TargetNotServedError(resolver, `any of ${described}`, 'no device on the node stands for all of a Pod');
  if (target.interface !== undefined) checkInterfaceName(target.interface);
}

/** A device in the agent's own network namespace. Nothing is held but the watch. */
export function watchedDevice(device: string, linkType: LinkType, watch: GoneWatch): ResolvedInterface {
  return {
    device,
    linkType,
    gone: watch.gone,
    [Symbol.asyncDispose]() {
      watch[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}
