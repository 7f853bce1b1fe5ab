/** What is kept of a Pod of this node. */
export interface LocalPod {
  /** `metadata.namespace`. */
  readonly namespace: string;
  /** `metadata.name`. */
  readonly name: string;
  /** `metadata.uid`: another Pod of the same name has another. */
  readonly uid: string;
  /** The annotation `kubernetes.io/config.mirror` of a static Pod, else the uid. */
  readonly cgroupUid: string;
  /** `metadata.labels`. Whoever may change the Pod may change them. */
  readonly labels: Readonly<Record<string, string>>;
  /** `spec.hostNetwork`: it has no network namespace of its own. */
  readonly hostNetwork: boolean;
  /** It has a sandbox and has not ended: `Running`, or `Pending` with an address (init containers run). */
  readonly live: boolean;
}

/** The Pods of this node. */
export interface PodDirectory {
  /** The Pod of that name, if it is on this node. */
  find(namespace: string, name: string): LocalPod | undefined;
  /**
   * Begins to watch the Pods; resolves once they are known.
   * @param changed called when {@link PodDirectory.find} may answer differently; never throws.
   * @param signal aborting it ends the watch, or a start that has not resolved.
   */
  start(changed: () => void, signal: AbortSignal): Promise<void>;
}
