import type { CaptureDirectory } from '../capture-directory.ts';
import type { ClaimedTarget } from '../capture-target.ts';
import type { Clock } from '../clock.ts';
import type { DiskGuard } from '../disk-guard.ts';
import type { InterfaceResolver } from '../interface-resolver.ts';
import type { Logger } from '../logger.ts';
import type { TcpdumpRunner } from '../tcpdump-runner.ts';

/** The parts that an engine is made of; each can be replaced. */
export interface EngineParts {
  /** Where manifests and files lie. */
  readonly directory: CaptureDirectory;
  /** Lets captures in by the disk that they may need, and ends them when others fill it. */
  readonly guard: DiskGuard;
  /** Finds the network namespace and device of a target, anew for each segment. */
  readonly resolver: InterfaceResolver;
  /** Compiles filters, and starts tcpdump. */
  readonly runner: TcpdumpRunner;
  /** Times limits and waits, and stamps what is told. */
  readonly clock: Clock;
  /** Told what no result says, such as a tcpdump that was killed. `silentLogger` logs nothing. */
  readonly logger: Logger;
  /** What the engine holds for its lifetime, such as the lock on its directory; let go of when the engine is disposed. */
  readonly held?: HeldFolder;
}

/** A folder that an engine holds; a `Hostmount` of `pcapper/di` is one. */
export interface HeldFolder extends AsyncDisposable {
  /** As {@link CaptureEngine.lost}. Absent: it cannot be lost. */
  readonly lost?: AbortSignal;
}

/** How an engine goes about its work. Times in milliseconds. */
export interface EngineSettings {
  /** Name of this node. */
  readonly node: string;
  /**
   * What its files, manifests and reservations are named after. Several engines of a node may write to one folder when each
   * has a name of its own. Default: {@link EngineSettings.node}.
   */
  readonly identity?: string;
  /** MAX_CONCURRENT_CAPTURES. Default: 32. */
  readonly maxConcurrent: number;
  /** How long a Pod without processes is looked for before it counts as gone, as when its sandbox is restarted. Milliseconds. Default: 10,000. */
  readonly targetPatience: number;
  /** A capture that is interrupted more often ends as a failure. Default: 100. */
  readonly maxSegments: number;
  /** Whether a target's device is put into promiscuous mode. */
  readonly promiscuous: (target: ClaimedTarget) => boolean;
}
