/** A Pod behaves strangely: somebody wants to see its packets. */
export interface Incident {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Name of the Pod, in the same namespace. */
  readonly pod: string;
  readonly reason: string;
  /** Of its status. */
  readonly phase: IncidentPhase | undefined;
  /** The one that captures, or has captured; of its status. */
  readonly node: string | undefined;
}

export type IncidentPhase = 'Capturing' | 'Captured' | 'Failed';

/** What a node writes into an Incident. */
export interface IncidentStatus {
  readonly phase: IncidentPhase;
  readonly node: string;
  /** How the capture ended, and the same in plain words. */
  readonly reason?: string;
  readonly message: string;
  /** Paths on the node. */
  readonly files?: readonly string[];
  readonly packets?: number;
}

/** Where Incidents are kept: in Kubernetes, or in a test's memory. */
export interface Incidents {
  /** Resolves once all are known. @param changed called when `get` may answer differently for that uid. */
  start(changed: (uid: string) => void, signal: AbortSignal): Promise<void>;
  uids(): Iterable<string>;
  get(uid: string): Incident | undefined;
  /** Rejects when it is not known to be written; one whose Incident is gone is as good as written. */
  write(incident: Pick<Incident, 'uid' | 'namespace' | 'name'>, status: IncidentStatus): Promise<void>;
}
