import type { MergePlan } from '../../adapters/pcap/merge-plan.ts';

/** What an earlier run left behind of the same download. */
export interface Begun {
  /** Of the merged file, whole records. At least its header. */
  readonly bytes: number;
  readonly packets: number;
  /** As `PcapMerge.taken` had it. */
  readonly taken: ReadonlyMap<string, number>;
}

/** Where the merged file goes. */
export interface Output extends AsyncDisposable {
  /** For messages. */
  readonly name: string;
  /**
   * Begins with the header of the plan, or goes on.
   * @param captureUid of the capture that the plan is of; absent: what was begun before is of no use
   */
  begin(plan: MergePlan, captureUid: string | undefined): Promise<Begun | undefined>;
  write(bytes: Buffer): Promise<void>;
  /** Must be known before what comes after is written. */
  noteTaken(taken: ReadonlyMap<string, number>): Promise<void>;
  /** All is written. */
  finish(): Promise<void>;
  /** What was written is of no use. @returns whether it can be begun anew */
  discard(): Promise<boolean>;
  /** What to tell when it ends before it is finished. */
  readonly leftBehind: string | undefined;
}
