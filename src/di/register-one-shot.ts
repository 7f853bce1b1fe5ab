import type { DependencyContainer } from 'tsyringe';
import type { Hostmount } from '../adapters/disk/open-hostmount.ts';
import type { OneShotSettings } from '../adapters/environment/one-shot-settings.ts';
import { LogSink } from '../adapters/log/log-sink.ts';
import { ReadyFile } from '../adapters/one-shot/ready-file.ts';
import { TerminationLog } from '../adapters/one-shot/termination-log.ts';
import { quote } from '../core/errors/index.ts';
import type { Logger } from '../core/logger.ts';
import { OneShot } from '../core/one-shot/one-shot.ts';
import { checkHostmount, checkRegistration, HOSTMOUNT, IDENTITY, LOGGER, ONE_SHOT_SETTINGS } from './check-registration.ts';
import { ONE_SHOT_TOKENS } from './one-shot-tokens.ts';
import { partsOf } from './parts-of.ts';
import { registerEngine } from './register-engine.ts';
import { TOKENS } from './tokens.ts';

/** What {@link registerOneShot} makes the parts of. */
export interface OneShotOptions {
  /** Of `readOneShotSettings`: times in milliseconds, sizes in bytes, defaults filled in. */
  readonly settings: OneShotSettings;
  /** Of `openHostmount`, opened under `identity` and `ephemeral`. Whoever opened it disposes it, at the end. */
  readonly hostmount: Hostmount;
  /** Of `oneShotIdentity`, by the node and the uid of the capture: one name for all Pods that make it, one after the other. */
  readonly identity: string;
  /** Told what every part does: a pino logger fits. For silence: `silentLogger`. */
  readonly logger: Logger;
}

/**
 * Registers every part of the one-shot mode by its token, as `registerPcapper` does for the agent.
 * @param container one of your own, as for `registerPcapper`.
 * @returns the same container.
 * @throws SettingInvalidError for tsyringe's global container, for options that are missing or of something else, and for a
 * hostmount of another name.
 */
export function registerOneShot(container: DependencyContainer, options: OneShotOptions): DependencyContainer {
  checkRegistration('registerOneShot', container, options, { settings: ONE_SHOT_SETTINGS, hostmount: HOSTMOUNT, identity: IDENTITY, logger: LOGGER });
  const { settings, hostmount, identity, logger } = options;
  checkHostmount('registerOneShot', hostmount, identity, `the identity ${quote(identity)}`);
  const part = partsOf(container);
  registerEngine(container, { settings: { ...settings, maxConcurrentCaptures: 1 }, hostmount, identity, logger });
  part(ONE_SHOT_TOKENS.CapturingMark, () => new ReadyFile(settings.readyFile));
  part(TOKENS.ProgressSinks, (the) => [new LogSink(the(TOKENS.Logger)), new TerminationLog(settings.terminationLog, the(TOKENS.Logger))]);
  part(ONE_SHOT_TOKENS.OneShot, (the) => new OneShot({
    engine: the(TOKENS.CaptureEngine),
    sinks: the(TOKENS.ProgressSinks),
    mark: the(ONE_SHOT_TOKENS.CapturingMark),
  }));
  return container;
}
