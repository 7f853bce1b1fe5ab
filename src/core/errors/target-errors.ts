import { listed } from '../listed.ts';
import { CaptureError, quote } from './capture-error.ts';

/** Whoever is root in a Pod can make thousands of devices there, and must not make messages of any length. */
const MOST_NAMES = 30;

/** No process of the Pod runs on this node: it has ended, or not started yet. Look at the Pod. */
export class PodNotFoundError extends CaptureError {
  /** What {@link CaptureError.code} is of such an error: to compare with, as `instanceof` fails for that of another copy of this library. */
  static readonly code = 'PodNotFound';
  /** {@inheritDoc CaptureError.code} */
  override readonly code = PodNotFoundError.code;
  /**
   * @param pod in words, as `describeTarget` has it
   * @param processes how many were looked at
   */
  constructor(pod: string, processes: number) {
    super({
      problem: `No process of ${pod} was found on this node (${processes} processes looked at).`,
      advice: 'The Pod may have ended or not started yet; look at it with kubectl get pod -o wide.',
    });
  }
}

/** The agent does not see the processes of the node. Run it with `hostPID: true`. */
export class HostPidMissingError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'HostPidMissing';
  constructor() {
    super({
      problem: 'The processes of the node are not visible to the agent.',
      advice: 'Run the agent with hostPID: true.',
    });
  }
}

/** The Pod has no network of its own: capturing it would record the whole node. Capture an interface of the node, or allow it. */
export class HostNetworkRefusedError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'HostNetworkRefused';
  /** @param pod in words, as `describeTarget` has it */
  constructor(pod: string) {
    super({
      problem: `${pod} uses the network of its node: capturing it would record the whole node.`,
      advice: 'Capture an interface of the node instead, or allow it with ALLOW_HOST_NETWORK=true (in code: allowHostNetwork: true).',
    });
  }
}

/** A name that no network device can have, or that tcpdump would take for something else (a number, a pseudo-device). Name a device, or `any`. */
export class InterfaceNameInvalidError extends CaptureError {
  /** What {@link CaptureError.code} is of such an error: to compare with, as `instanceof` fails for that of another copy of this library. */
  static readonly code = 'InterfaceNameInvalid';
  /** {@inheritDoc CaptureError.code} */
  override readonly code = InterfaceNameInvalidError.code;
  /** @param name as it was given */
  constructor(name: string) {
    super({
      problem: `${quote(name)} is not a name of a network interface that can be captured.`,
      advice: 'Give the name of a device, as in "eth0", or "any"; numbers and pseudo-devices are refused.',
    });
  }
}

/** There is no such interface; the message lists those that there are. Name one of them. */
export class InterfaceNotFoundError extends CaptureError {
  /** What {@link CaptureError.code} is of such an error: to compare with, as `instanceof` fails for that of another copy of this library. */
  static readonly code = 'InterfaceNotFound';
  /** {@inheritDoc CaptureError.code} */
  override readonly code = InterfaceNotFoundError.code;
  /**
   * @param name as it was given
   * @param where in words: `Pod shop/web-1`, `node n1`
   * @param available names of the interfaces there
   */
  constructor(name: string, where: string, available: readonly string[]) {
    super({
      problem: `There is no interface ${quote(name)} in ${where}.`,
      advice: available.length > 0 ? `It has: ${listed(available, MOST_NAMES)}.` : 'It has no interfaces.',
    });
  }
}

/** A target was there and is refused now; `cause` says why. The engine waits a while for its return. */
export class TargetMissingError extends CaptureError {
  /** What {@link CaptureError.code} is of such an error: to compare with, as `instanceof` fails for that of another copy of this library. */
  static readonly code = 'TargetMissing';
  /** {@inheritDoc CaptureError.code} */
  override readonly code = TargetMissingError.code;
  /**
   * @param target in words, as `describeTarget` has it
   * @param refusal what was said of it: becomes the `cause`
   */
  constructor(target: string, refusal: CaptureError) {
    super({ problem: `${target} is not there any more: ${refusal.problem}`, advice: refusal.advice }, { cause: refusal });
  }
}

/** The interface was resolved, and was gone when tcpdump was about to open it. Capture again once it is there. */
export class InterfaceDisappearedError extends CaptureError {
  /** What {@link CaptureError.code} is of such an error: to compare with, as `instanceof` fails for that of another copy of this library. */
  static readonly code = 'InterfaceDisappeared';
  /** {@inheritDoc CaptureError.code} */
  override readonly code = InterfaceDisappearedError.code;
  /** @param device its name */
  constructor(device: string) {
    super({
      problem: `The interface ${device} disappeared before it could be captured.`,
      advice: 'Its Pod may just have ended; capture again once it is there.',
    });
  }
}

/** A target names no interface, and its network namespace has no default route to tell which is meant. Name one of those in the message. */
export class NoDefaultRouteError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'NoDefaultRoute';
  /**
   * @param where in words: `Pod shop/web-1`, `node n1`
   * @param available names of the interfaces there
   */
  constructor(where: string, available: readonly string[]) {
    super({
      problem: `${where} has no default route, so it is not clear which interface to capture.`,
      advice: `Name one with targetInterface: ${listed(['any', ...available], MOST_NAMES)}.`,
    });
  }
}

/** A network namespace cannot be opened. The agent lacks SYS_PTRACE or SYS_ADMIN, or AppArmor forbids it. */
export class NamespaceNotEnteredError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'NamespaceNotEntered';
  /**
   * @param where in words: `Pod shop/web-1`, `node n1`
   * @param reason a clause: `EACCES: permission denied`
   */
  constructor(where: string, reason: string, options?: ErrorOptions) {
    super(
      {
        problem: `The network namespace of ${where} could not be opened: ${reason}.`,
        advice: 'The agent, or your program, needs the capabilities SYS_PTRACE and SYS_ADMIN, and an AppArmor profile that lets it (Unconfined).',
      },
      options,
    );
  }
}

/**
 * A device inside a Pod has no counterpart in the agent's network namespace: no veth pair, or no `hostNetwork: true`. Capture in the
 * Pod's network namespace instead.
 */
export class HostSideNotFoundError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'HostSideNotFound';
  /**
   * @param device inside the Pod
   * @param pod in words, as `describeTarget` has it
   */
  constructor(device: string, pod: string) {
    super({
      problem: `${device} of ${pod} is not one end of a veth pair whose other end is in the agent's network namespace.`,
      advice: "Run the agent with hostNetwork: true, or capture in the Pod's network namespace.",
    });
  }
}

/** The CNI would have given a Pod's device a name on the node that no device there has. Run the agent with `hostNetwork: true`, or resolve another way. */
export class HostDeviceNotFoundError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'HostDeviceNotFound';
  /** @param names what the CNI would call it; none where it says that it has no name for it */
  constructor(cni: string, device: string, names: readonly string[]) {
    super({
      problem:
        names.length === 0
          ? `${cni} has no name for the host side of ${device}.`
          : `There is no ${names.join(', and no ')} in the agent's network namespace, as ${cni} would call the host side of ${device}.`,
      advice: `Run the agent with hostNetwork: true where ${cni} made that device; else capture in the Pod's network namespace.`,
    });
  }
}

/** A Pod was asked after, and whoever knows the Pods of the node does not know it under its uid: it has ended, or another has its name. Look at the Pod. */
export class PodNotKnownError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'PodNotKnown';
  /** @param because a clause: `the container runtime has no ready sandbox of it` */
  constructor(pod: string, because: string, options?: ErrorOptions) {
    super(
      {
        problem: `${pod} is not known on this node: ${because}.`,
        advice: 'The Pod may have ended, or another may have its name by now; look at it with kubectl get pod -o wide.',
      },
      options,
    );
  }
}

/** A target names neither a device of the Pod nor one of its networks; the message lists those. Name one of them. */
export class NetworkNotFoundError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'NetworkNotFound';
  /** @param available what there is, in words */
  constructor(network: string, pod: string, available: string) {
    super({ problem: `${pod} has neither an interface nor a network ${quote(network)}.`, advice: available });
  }
}

/** A Pod has several interfaces in the network that a target names. Name one of the interfaces in the message instead. */
export class NetworkAmbiguousError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'NetworkAmbiguous';
  /**
   * @param network as it was given
   * @param pod in words, as `describeTarget` has it
   * @param devices inside the Pod, that are in it
   */
  constructor(network: string, pod: string, devices: readonly string[]) {
    super({ problem: `${pod} has ${devices.length} interfaces in the network ${quote(network)}.`, advice: `Name one of them instead: ${listed(devices, MOST_NAMES)}.` });
  }
}

/** The container runtime did not answer as the Container Runtime Interface says. Mount its socket into the agent, and name it. */
export class RuntimeNotReachedError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'RuntimeNotReached';
  /**
   * @param socket its path
   * @param reason a clause: `connect ENOENT`
   */
  constructor(socket: string, reason: string, options?: ErrorOptions) {
    super(
      {
        problem: `The container runtime at ${socket} did not answer: ${reason}.`,
        advice: 'Mount the socket of the runtime into the agent and name it; containerd has /run/containerd/containerd.sock, CRI-O /run/crio/crio.sock.',
      },
      options,
    );
  }
}

/** A resolver does not serve this kind of target. Put one behind it that does. */
export class TargetNotServedError extends CaptureError {
  /** What {@link CaptureError.code} is of such an error: to compare with, as `instanceof` fails for that of another copy of this library. */
  static readonly code = 'TargetNotServed';
  /** {@inheritDoc CaptureError.code} */
  override readonly code = TargetNotServedError.code;
  /**
   * @param resolver its `name`
   * @param target in words, as `describeTarget` has it
   */
  /**
   * @param resolver its name
   * @param because a clause: `it uses the network of its node`
   */
  constructor(resolver: string, target: string, because?: string) {
    super({ problem: `${resolver} does not serve ${target}${because === undefined ? '' : `: ${because}`}.`, advice: 'Another resolver may.' });
  }
}

/** Every resolver of a chain refused, each for its own cause: the message has them all. `cause` is the last refusal. */
export class InterfaceNotResolvedError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'InterfaceNotResolved';
  /**
   * @param target in words, as `describeTarget` has it
   * @param refusals in the order in which they were asked
   */
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
