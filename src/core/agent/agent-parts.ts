import type { CaptureSource } from '../capture-source.ts';
import type { ClaimStrategy } from '../claim-strategy.ts';
import type { Clock } from '../clock.ts';
import type { CaptureEngine } from '../engine/capture-engine.ts';
import type { Logger } from '../logger.ts';
import type { ProgressSink } from '../progress-sink.ts';

/** The parts that an agent is made of; each can be replaced. */
export interface AgentParts {
  /** Where its requests come from. When two know a uid, the first has it. */
  readonly sources: readonly CaptureSource[];
  /** Decides which requests are this node's; nothing is claimed before its `start` has resolved. */
  readonly claim: ClaimStrategy;
  /** Makes the captures. The agent suspends them when it is disposed; the engine itself is not its to dispose. */
  readonly engine: CaptureEngine;
  /** Asked one after the other: the next hears of a report only when the one before has taken it. The status comes first. */
  readonly sinks: readonly ProgressSink[];
  /** Times every wait. It should be the engine's. */
  readonly clock: Clock;
  /** Told what no status says: what is tried again, what gave up. */
  readonly logger: Logger;
}

/** How an agent goes about its work. Times in milliseconds. */
export interface AgentSettings {
  /** SCAN_INTERVAL: everything that is known is looked at again. Milliseconds. Default: 30,000. */
  readonly scanInterval: number;
  /** Time between two reports of a running capture's counters. Milliseconds. Default: 2,000. */
  readonly reportInterval: number;
  /** A request must be found gone twice, this far apart. Milliseconds. Default: 3,000. */
  readonly goneGrace: number;
  /** How long the start waits for sources before captures go on without them. Milliseconds. Default: 5,000. */
  readonly syncPatience: number;
  /** Files of an ended capture are removed that long after its end, whatever became of the request. Milliseconds. Absent: they stay. */
  readonly keepFilesFor?: number;
  /** Names of sources whose captures end with the agent, and whose files are removed then; others are suspended. Default: none. */
  readonly removeAtExit?: readonly string[];
  /** A sentence for people: where the files of the capture of that name and source are and how to fetch them. */
  readonly whereFilesAre: (files: readonly string[], name: string, source: string) => string;
}
