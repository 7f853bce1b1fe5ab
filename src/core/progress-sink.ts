import type { CaptureRequest } from './capture-request.ts';
import type { CaptureYield, FailedResult, FinishedResult } from './capture-result.ts';
import type { ClaimedTarget } from './capture-target.ts';

interface ReportBase {
  /** {@link CaptureSource.name} of the source that the request came from. */
  readonly source: string;
  readonly uid: string;
  readonly name: string;
  readonly node: string;
  /** Plain words for people. */
  readonly message: string;
}

/** This node takes the request. Repeated with another message while it waits for its turn. */
export interface ScheduledReport extends ReportBase {
  readonly progress: 'scheduled';
  /** Absent when the request is invalid and taken only to say so. */
  readonly target?: ClaimedTarget;
  /** Sentences of the message on what is allowed, but may surprise. */
  readonly warnings?: readonly string[];
}

/** tcpdump is capturing. Repeated as the counters move. */
export interface RunningReport extends ReportBase, CaptureYield {
  readonly progress: 'running';
  readonly request: CaptureRequest;
  readonly target: ClaimedTarget;
  readonly interface: string;
  /** Milliseconds since the Unix epoch. */
  readonly startTime: number;
}

interface EndBase extends ReportBase {
  /** What was asked for. Absent when that could not be understood, or is not known any more. */
  readonly request?: CaptureRequest;
  /** What was captured. Absent as {@link FinishedReport.request} is. */
  readonly target?: ClaimedTarget;
  /** The end was told before, perhaps by an earlier agent; since then its files were kept long enough, and removed. */
  readonly filesRemoved?: true;
}

/** The capture has ended as asked, or with its target. */
export interface FinishedReport extends EndBase, FinishedResult {
  /** As a sink shows it: the result's, and where the files are. */
  readonly message: string;
}

/** The capture was ended by an error, or could not begin. */
export interface FailedReport extends EndBase, FailedResult {
  /** As a sink shows it: the error's, what was captured until then, and where the files are. */
  readonly message: string;
}

/** The capture has ended: `progress` says how. */
export type EndReport = FinishedReport | FailedReport;

/** This node took the request, found that it cannot serve it, and gives it back. */
export interface ReleasedReport extends ReportBase {
  readonly progress: 'released';
  readonly reason: string;
}

/** It is not asked for any more: what was left of it is removed. Its end, if it ran until then, is not told. */
export interface RemovedReport extends ReportBase {
  readonly progress: 'removed';
  readonly target: ClaimedTarget;
}

/** What is recorded where the request came from, if anything is. */
export type StatusReport = ScheduledReport | RunningReport | EndReport | ReleasedReport;

/** What is told of a capture. */
export type ProgressReport = StatusReport | RemovedReport;

/** Where progress goes: status, Events, logs, metrics, a caller. */
export interface ProgressSink {
  /**
   * Resolves when the report is where it belongs. A rejection makes the agent report again later;
   * a `ClaimLostError` says that the request is another's and ends this node's part in it.
   * Reports of sources that a sink does not serve are to be ignored. The same report may come twice.
   */
  report(report: ProgressReport): Promise<void>;
  /** Called once, when the agent ends: delivers what still waits, for as long as `patience` milliseconds, then lets go of everything. */
  close?(patience: number): Promise<void>;
}
