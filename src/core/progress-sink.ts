import type { CaptureRequest } from './capture-request.ts';
import type { CaptureYield, FailedResult, FinishedResult } from './capture-result.ts';
import type { ClaimedTarget } from './capture-target.ts';

interface ReportBase {
  /** {@link CaptureSource.name} of the source that the request came from. */
  readonly source: string;
  /** Identity of the request. */
  readonly uid: string;
  /** Name of the request. */
  readonly name: string;
  /** NODE_NAME of the agent that tells it. */
  readonly node: string;
  /** Plain words for people. */
  readonly message: string;
}

/** This node takes the request. Repeated with another message while it waits for its turn. */
export interface ScheduledReport extends ReportBase {
  /** Tells what kind of report it is. */
  readonly progress: 'scheduled';
  /** Absent when the request is invalid and taken only to say so. */
  readonly target?: ClaimedTarget;
  /** Sentences of the message on what is allowed, but may surprise. */
  readonly warnings?: readonly string[];
}

/** tcpdump is capturing. Repeated as the counters move. */
export interface RunningReport extends ReportBase, CaptureYield {
  /** Tells what kind of report it is. */
  readonly progress: 'running';
  /** What was asked for. */
  readonly request: CaptureRequest;
  /** What is captured. */
  readonly target: ClaimedTarget;
  /** The device. */
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
  /** Tells what kind of report it is. It is none of a status: the request has no progress any more. */
  readonly progress: 'released';
  /** CamelCase, fit for a Kubernetes `reason`: `TargetMoved`. */
  readonly reason: string;
}

/** It is not asked for any more: what was left of it is removed. Its end, if it ran until then, is not told. */
export interface RemovedReport extends ReportBase {
  /** Tells what kind of report it is. It is none of a status: there is no request any more. */
  readonly progress: 'removed';
  /** What was captured. */
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
