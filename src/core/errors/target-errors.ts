import { CaptureError, quote } from './capture-error.ts';

export class PodNotFoundError extends CaptureError {
  static readonly code = 'PodNotFound';
  override readonly code = PodNotFoundError.code;
  constructor(pod: string, processes: number) {
    super({
      problem: `No process of ${pod} was found on this node (${processes} processes looked at).`,
      advice: 'The Pod may have ended or not started yet; look at it with kubectl get pod -o wide.',
    });
  }
}

export class HostPidMissingError extends CaptureError {
  override readonly code = 'HostPidMissing';
  constructor() {
    super({
      problem: 'The processes of the node are not visible to the agent.',
      advice: 'Run the agent with hostPID: true.',
    });
  }
}

export class HostNetworkRefusedError extends CaptureError {
  override readonly code = 'HostNetworkRefused';
  constructor(pod: string) {
    super({
      problem: `${pod} uses the network of its node: capturing it would record the whole node.`,
      advice: 'Capture an interface of the node instead, or let the agent allow it with ALLOW_HOST_NETWORK=true.',
    });
  }
}

export class InterfaceNameInvalidError extends CaptureError {
  override readonly code = 'InterfaceNameInvalid';
  constructor(name: string) {
    super({
      problem: `${quote(name)} is not a name of a network interface that can be captured.`,
      advice: 'Give the name of a device, as in "eth0", or "any"; numbers and pseudo-devices are refused.',
    });
  }
}

export class InterfaceNotFoundError extends CaptureError {
  override readonly code = 'InterfaceNotFound';
  constructor(name: string, where: string, available: readonly string[]) {
    super({
      problem: `There is no interface ${quote(name)} in ${where}.`,
      advice: available.length > 0 ? `It has: ${available.join(', ')}.` : 'It has no interfaces.',
    });
  }
}

/** A target was there and is refused now. The engine waits a while for its return. */
export class TargetMissingError extends CaptureError {
  static readonly code = 'TargetMissing';
  override readonly code = TargetMissingError.code;
  constructor(target: string, refusal: CaptureError) {
    super({ problem: `${target} is not there any more: ${refusal.problem}`, advice: refusal.advice }, { cause: refusal });
  }
}

/** The interface was resolved, and was gone when tcpdump was about to open it. */
export class InterfaceDisappearedError extends CaptureError {
  static readonly code = 'InterfaceDisappeared';
  override readonly code = InterfaceDisappearedError.code;
  constructor(device: string) {
    super({
      problem: `The interface ${device} disappeared before it could be captured.`,
      advice: 'Its Pod may just have ended; capture again once it is there.',
    });
  }
}

export class NoDefaultRouteError extends CaptureError {
  override readonly code = 'NoDefaultRoute';
  constructor(where: string, available: readonly string[]) {
    super({
      problem: `${where} has no default route, so it is not clear which interface to capture.`,
      advice: `Name one with targetInterface: any${available.map((name) => `, ${name}`).join('')}.`,
    });
  }
}

export class NamespaceNotEnteredError extends CaptureError {
  override readonly code = 'NamespaceNotEntered';
  constructor(where: string, reason: string, options?: ErrorOptions) {
    super(
      {
        problem: `The network namespace of ${where} could not be opened: ${reason}.`,
        advice: 'The agent needs the capabilities SYS_PTRACE and SYS_ADMIN, and an AppArmor profile that lets it (Unconfined).',
      },
      options,
    );
  }
}

/** A device inside a Pod has no counterpart in the node's network namespace. */
export class HostSideNotFoundError extends CaptureError {
  override readonly code = 'HostSideNotFound';
  constructor(device: string, pod: string) {
    super({
      problem: `${device} of ${pod} is not one end of a veth pair whose other end is in the agent's network namespace.`,
      advice: "Run the agent with hostNetwork: true, or capture in the Pod's network namespace.",
    });
  }
}

/** A resolver does not serve this kind of target. */
export class TargetNotServedError extends CaptureError {
  static readonly code = 'TargetNotServed';
  override readonly code = TargetNotServedError.code;
  constructor(resolver: string, target: string) {
    super({ problem: `${resolver} does not serve ${target}.`, advice: 'Another resolver may.' });
  }
}

/** Every resolver of a chain refused. `cause` is the refusal that says most. */
export class InterfaceNotResolvedError extends CaptureError {
  override readonly code = 'InterfaceNotResolved';
  constructor(target: string, refusals: readonly { readonly resolver: string; readonly error: Error }[]) {
    super(
      {
        problem: `No interface was found for ${target}.`,
        advice: refusals.map(({ resolver, error }) => `${resolver}: ${error.message}`).join(' '),
      },
      { cause: refusals.at(-1)?.error },
    );
  }
}
