import type { CaptureProgress } from './capture-progress.ts';
import type { CaptureRequest } from './capture-request.ts';
import type { CaptureTarget } from './capture-target.ts';
import type { CaptureError } from './errors/capture-error.ts';

/** Where requests come from: PacketCapture resources, Pod annotations, a caller. */
export interface CaptureSource {
  /** Names the source in reports: `PacketCapture`. */
  readonly name: string;
  /**
   * False where the origin keeps no record of progress, as an annotation: then what lies on this node's disk is the record,
   * {@link ObservedRequest.recorded} is empty, and no other node may have a request. Default: true.
   */
  readonly keepsRecord?: boolean;
  /**
   * A request must be found gone twice, this far apart; 0: one answer of {@link CaptureSource.isGone} is proof.
   * Milliseconds. Default: `AgentSettings.goneGrace`.
   */
  readonly goneGrace?: number;
  /**
   * Begins to watch and resolves once the present state is known.
   * @param changed called with a uid whenever {@link CaptureSource.get} may answer differently for it; never throws.
   * @param signal aborted when the agent ends: of the watch, of a start that has not resolved, and of every call of
   * {@link CaptureSource.isGone} and {@link CaptureSource.look} that is under way.
   */
  start(changed: (uid: string) => void, signal: AbortSignal): Promise<void>;
  /** Every uid that is known at present. */
  uids(): Iterable<string>;
  /** The present state, from memory. `undefined` means "not known here", which is not the same as gone. */
  get(uid: string): ObservedRequest | undefined;
  /**
   * Asks the origin itself whether the request, and not what it was part of, was deleted. `false` whenever there is any
   * doubt: unreachable, unauthorised, API group not served or deleted in the meantime.
   */
  isGone(identity: RequestIdentity): Promise<boolean>;
  /**
   * Asks the origin itself for the present state of a request that {@link CaptureSource.get} does not know, as one that
   * was given to another node. `undefined` whenever there is any doubt. Absent: `get` knows all requests of all nodes.
   */
  look?(identity: RequestIdentity): Promise<ObservedRequest | undefined>;
}

/** What a request is known by. */
export interface RequestIdentity {
  /** Never used again, as `metadata.uid`. */
  readonly uid: string;
  /** As messages and files call it; another request may get the same. */
  readonly name: string;
  /** When it was made, by its origin's clock. Unix time in milliseconds. Absent: its origin does not say. */
  readonly createdAt?: number | undefined;
}

/** A request with what its origin says of it. */
export interface ObservedRequest extends RequestIdentity {
  /** What is asked for, or what is wrong with it. */
  readonly demand: Demand;
  /** How far it is by its origin's own record; empty where it keeps none. */
  readonly recorded: RecordedProgress;
  /** True asks for an early end. */
  readonly stop: boolean;
  /** The files outlive the request. */
  readonly retainFiles: boolean;
}

/** What is asked for, or why it cannot be understood. */
export type Demand =
  | {
      /** It can be understood; whether it can be captured is still to be seen. */
      readonly valid: true;
      /** What is asked for. */
      readonly request: CaptureRequest;
      /** Sentences on what is allowed, but may surprise. Absent: nothing does. */
      readonly warnings?: readonly string[];
    }
  | {
      /** It cannot be understood: whoever claims it refuses it. */
      readonly valid: false;
      /** What it is about, so that one node alone refuses it. Absent: nobody can tell, and any node may. */
      readonly target?: CaptureTarget;
      /** Why not: becomes the failure's reason and message. */
      readonly error: CaptureError;
    };

/** What the origin has recorded of the progress so far. */
export interface RecordedProgress {
  /** Absent: nobody has taken it yet. */
  readonly progress?: CaptureProgress;
  /** The node that has it, or that it was assigned to. */
  readonly node?: string;
}
