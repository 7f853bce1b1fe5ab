import type { ResolvedInterface } from '../../core/interface-resolver.ts';
import type { GoneWatch } from './gone-watch.ts';
import type { NetworkDevices } from './network-devices.ts';
import type { OpenNetworkNamespace } from './open-network-namespace.ts';

/** A network namespace that is held open, with what is in it. */
export interface OpenedNamespace {
  readonly namespace: OpenNetworkNamespace;
  readonly devices: NetworkDevices;
}

/** What to capture in it. */
export interface InsideOptions {
  /** Default: the device of the default route. */
  readonly wanted: string | undefined;
  /** Inode of the agent's own network namespace, which needs not be entered. */
  readonly own: bigint | undefined;
  /** Begins to watch the Pod. */
  readonly watch: () => GoneWatch;
}

/**
 * A device inside a network namespace, which is closed when that is refused.
 * @throws InterfaceNameInvalidError, InterfaceNotFoundError, NoDefaultRouteError
 */
export async function resolveInside({ namespace, devices }: OpenedNamespace, { wanted, own, watch }: InsideOptions, signal?: AbortSignal): Promise<ResolvedInterface> {
  try {
    signal?.throwIfAborted();
    const device = devices.choose(wanted);
    const watching = watch();
    return {
      device,
      linkType: devices.linkType(device),
      ...(namespace.inode !== own && { networkNamespace: namespace }),
      gone: watching.gone,
      async [Symbol.asyncDispose]() {
        watching[Symbol.dispose]();
        await namespace[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await namespace[Symbol.asyncDispose]();
    throw error;
  }
}
