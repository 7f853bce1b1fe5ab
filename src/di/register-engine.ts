import type { DependencyContainer } from 'tsyringe';
import type { Hostmount } from '../adapters/disk/open-hostmount.ts';
import type { AgentSettings } from '../adapters/environment/agent-settings.ts';
import { SystemClock } from '../adapters/system-clock.ts';
import { TcpdumpProcessRunner } from '../adapters/tcpdump/tcpdump-process-runner.ts';
import { CaptureEngine } from '../core/engine/capture-engine.ts';
import type { Logger } from '../core/logger.ts';
import { DEFAULT_ENGINE_SETTINGS, defaultResolver } from '../default-parts.ts';
import { LedgerDiskGuard } from '../strategies/disk/ledger-disk-guard.ts';
import { partsOf } from './parts-of.ts';
import { TOKENS } from './tokens.ts';

export interface EngineOptions {
  readonly settings: Pick<AgentSettings, 'nodeName' | 'maxTotalFileSize' | 'minFreeDisk' | 'maxConcurrentCaptures' | 'allowHostNetwork'>;
  /** Opened under the engine's identity. */
  readonly hostmount: Hostmount;
  /** `EngineSettings.identity`. Default: the node's name. */
  readonly identity?: string;
  readonly logger: Logger;
}

/** Registers the engine and every part of it by its token. */
export function registerEngine(container: DependencyContainer, { settings, hostmount, identity, logger }: EngineOptions): void {
  const { nodeName: node, maxTotalFileSize: maxTotal, minFreeDisk: minFree, maxConcurrentCaptures: maxConcurrent } = settings;
  const part = partsOf(container);
  part(TOKENS.Clock, () => new SystemClock());
  part(TOKENS.Logger, () => logger);
  part(TOKENS.CaptureDirectory, () => hostmount.directory);
  part(TOKENS.DiskGuard, (the) => new LedgerDiskGuard(
    { ledger: hostmount.ledger, meter: hostmount.meter, clock: the(TOKENS.Clock), logger: the(TOKENS.Logger) },
    { node: identity ?? node, maxTotal, minFree },
  ));
  part(TOKENS.InterfaceResolver, (the) => defaultResolver(the(TOKENS.Clock), settings));
  part(TOKENS.TcpdumpRunner, (the) => new TcpdumpProcessRunner({ clock: the(TOKENS.Clock), logger: the(TOKENS.Logger) }));
  part(TOKENS.EngineSettings, () => ({ ...DEFAULT_ENGINE_SETTINGS, node, ...(identity !== undefined && { identity }), maxConcurrent }));
  part(TOKENS.CaptureEngine, (the) => new CaptureEngine(
    {
      directory: the(TOKENS.CaptureDirectory),
      guard: the(TOKENS.DiskGuard),
      resolver: the(TOKENS.InterfaceResolver),
      runner: the(TOKENS.TcpdumpRunner),
      clock: the(TOKENS.Clock),
      logger: the(TOKENS.Logger),
    },
    the(TOKENS.EngineSettings),
  ));
}
