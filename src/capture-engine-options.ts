import type { Clock } from './core/clock.ts';
import type { DiskGuard } from './core/disk-guard.ts';
import type { EngineSettings } from './core/engine/engine-parts.ts';
import type { InterfaceResolver } from './core/interface-resolver.ts';
import type { Logger } from './core/logger.ts';
import type { TcpdumpRunner } from './core/tcpdump-runner.ts';

/** What `createCaptureEngine` makes an engine of. */
export interface CaptureEngineOptions extends Partial<EngineSettings> {
  /** Absolute path of the folder that captures are written to. It must exist and belong to this user or root. */
  readonly directory: string;
  /** Name of this node. Only one engine per folder and node is let in, unless each has its own `identity`. */
  readonly node: string;
  /** MAX_TOTAL_FILESIZE: bytes or a Kubernetes quantity. Default: `10G`. */
  readonly maxTotalFileSize?: number | string;
  /** MIN_FREE_DISK: bytes or a Kubernetes quantity. Default: `20G`. */
  readonly minFreeDisk?: number | string;
  /** Whether Pods with hostNetwork may be captured, which records the whole node. Default: false. */
  readonly allowHostNetwork?: boolean;
  /** A pino logger fits. Default: none. */
  readonly logger?: Logger;
  /** Default: the machine's, a `SystemClock`. */
  readonly clock?: Clock;
  /** Default: Pods by their network namespace, interfaces of the node by their name. */
  readonly resolver?: InterfaceResolver;
  /** Default: one that shares the disk with all engines of this folder, within `maxTotalFileSize` and `minFreeDisk`. With one of your own, those two have no effect. */
  readonly guard?: DiskGuard;
  /** Default: tcpdump as a process. With one of your own, no programs are looked for. */
  readonly runner?: TcpdumpRunner;
}
