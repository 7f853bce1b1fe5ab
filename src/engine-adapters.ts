/** What the engine needs of the outside, in one module, so that it is loaded only when an engine is made. */
export { openHostmount } from './adapters/disk/open-hostmount.ts';
export { SystemClock } from './adapters/system-clock.ts';
export { checkPrograms } from './adapters/tcpdump/check-programs.ts';
export { TcpdumpProcessRunner } from './adapters/tcpdump/tcpdump-process-runner.ts';
export { checkEngineOptions } from './check-engine-options.ts';
export { DEFAULT_ENGINE_SETTINGS, defaultResolver } from './default-parts.ts';
export { LedgerDiskGuard } from './strategies/disk/ledger-disk-guard.ts';
