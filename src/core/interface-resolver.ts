import type { CaptureTarget, ClaimedTarget } from './capture-target.ts';

/** Turns a target into a network namespace and a device; holds the namespace until disposed. */
export interface InterfaceResolver {
  /** Used in messages: `Pod network namespace`. */
  readonly name: string;
  /**
   * Asked again after `gone` was aborted: a new answer is the capture's next segment; as long as it refuses, the target
   * counts as gone, and after the engine's `targetPatience` the capture ends as finished (TargetGone).
   * @throws the signal's reason when it is aborted; any `CaptureError` to refuse. In a chain the next resolver is then asked, and the refusals are told together.
   * Anything else is a fault: no other is asked, and the capture fails (Unexpected).
   */
  resolve(target: ClaimedTarget, signal?: AbortSignal): Promise<ResolvedInterface>;
}

/** Where tcpdump is to be started. */
export interface ResolvedInterface extends AsyncDisposable {
  /** As tcpdump's `-i` takes it, inside the namespace. */
  readonly device: string;
  /** The network namespace to enter, held open. Absent: the agent's own, which in the DaemonSet is the node's. */
  readonly networkNamespace?: NetworkNamespace;
  /** What tcpdump will see there, so that a filter can be compiled for it. */
  readonly linkType: LinkType;
  /** Aborted with a sentence as its reason when the target is gone; the sentence is in the message of the result. Needed because tcpdump does not notice on `any` and `lo`. */
  readonly gone: AbortSignal;
}

/** An open network namespace. */
export interface NetworkNamespace {
  /** File descriptor of the namespace, open in this process. */
  readonly fd: number;
  /** The number in `net:[4026531840]`. */
  readonly inode: bigint;
}

/** libpcap's names of the link types that captures meet: Ethernet, `-i any`, and devices without a link layer. */
export type LinkType = 'EN10MB' | 'LINUX_SLL2' | 'RAW';

/** The link type that a target will most likely have, known before its interface is resolved. */
export function expectedLinkType({ interface: device }: Pick<CaptureTarget, 'interface'>): LinkType {
  return device === 'any' ? 'LINUX_SLL2' : 'EN10MB';
}
