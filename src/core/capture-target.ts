/** A Pod, as a request names it. */
export interface PodTarget {
  /** Tells a Pod from an interface of a node. */
  readonly kind: 'pod';
  /** `metadata.namespace` of the Pod. */
  readonly namespace: string;
  /** `metadata.name` of the Pod. */
  readonly name: string;
  /** `metadata.uid`: no other Pod of that name. Default: whichever has the name. */
  readonly uid?: string;
  /** Device inside the Pod (`eth0`, `net1`, `any`). Default: the device of the Pod's default route. */
  readonly interface?: string;
}

/** A named interface of a node (or `any`), as a request names it. */
export interface NodeInterfaceTarget {
  /** Tells an interface of a node from a Pod. */
  readonly kind: 'node';
  /** NODE_NAME of the agent that is meant: `metadata.name` of the Node. */
  readonly node: string;
  /** Device, as `ip link` lists it, or `any`. */
  readonly interface: string;
}

/** What a request asks to capture. */
export type CaptureTarget = PodTarget | NodeInterfaceTarget;

/** One incarnation of a Pod on this node, named by a claim. */
export interface ClaimedPod extends PodTarget {
  /** `metadata.uid`. */
  readonly uid: string;
  /**
   * The uid that the kubelet used for the Pod's cgroup. It differs from {@link ClaimedPod.uid} only for static Pods,
   * where it is the annotation `kubernetes.io/config.mirror`. The runtime, and what a CNI is told by it (`K8S_POD_UID`), have this one.
   */
  readonly cgroupUid: string;
  /** `spec.hostNetwork`: the Pod has no network namespace of its own. */
  readonly hostNetwork: boolean;
}

/** The concrete target that a claim names: what will be captured, on this node. */
export type ClaimedTarget = ClaimedPod | NodeInterfaceTarget;

/** The target in words: `Pod shop/web-1`, `interface eth0 of node n1`. */
export function describeTarget(target: CaptureTarget): string {
  return target.kind === 'pod'
    ? `Pod ${target.namespace}/${target.name}`
    : `interface ${target.interface} of node ${target.node}`;
}
