import type { CaptureEngineOptions } from './capture-engine-options.ts';
import { CaptureEngine } from './core/engine/capture-engine.ts';
import { silentLogger } from './core/logger.ts';

/**
 * Opens a folder and makes an engine that captures into it. Dispose the engine to stop its captures and let go of the folder.
 * @throws SettingInvalidError naming the option that is wrong; HostmountError, HostmountLockedError, ProgramMissingError, ProgramTooOldError
 */
export async function createCaptureEngine(options: CaptureEngineOptions): Promise<CaptureEngine> {
  // Loaded here, so that importing the library stays cheap.
  const adapters = await import('./engine-adapters.ts');
  const { node, identity = node, directory: path, logger = silentLogger, clock = new adapters.SystemClock() } = options;
  const budget = { node: identity, ...adapters.checkEngineOptions(options) };
  if (options.runner === undefined) await adapters.checkPrograms();
  const hostmount = await adapters.openHostmount({ path, node: identity, logger });
  try {
    const { directory, ledger, meter } = hostmount;
    const guard = options.guard ?? new adapters.LedgerDiskGuard({ ledger, meter, clock, logger }, budget);
    const resolver = options.resolver ?? adapters.defaultResolver(clock, options);
    const runner = options.runner ?? new adapters.TcpdumpProcessRunner({ clock, logger });
    const parts = { directory, guard, resolver, runner, clock, logger, held: hostmount };
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as CaptureEngineOptions;
    return new CaptureEngine(parts, { ...adapters.DEFAULT_ENGINE_SETTINGS, ...given });
  } catch (error) {
    await hostmount[Symbol.asyncDispose]();
    throw error;
  }
}
