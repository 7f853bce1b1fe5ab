import type { DependencyContainer } from 'tsyringe';
import type { Hostmount } from '../adapters/disk/open-hostmount.ts';
import type { OneShotSettings } from '../adapters/environment/one-shot-settings.ts';
import { LogSink } from '../adapters/log/log-sink.ts';
import { ReadyFile } from '../adapters/one-shot/ready-file.ts';
import { TerminationLog } from '../adapters/one-shot/termination-log.ts';
import type { Logger } from '../core/logger.ts';
import { OneShot } from '../core/one-shot/one-shot.ts';
import { ONE_SHOT_TOKENS } from './one-shot-tokens.ts';
import { partsOf } from './parts-of.ts';
import { registerEngine } from './register-engine.ts';
import { TOKENS } from './tokens.ts';

/** What {@link registerOneShot} makes the parts of. */
export interface OneShotOptions {
  readonly settings: OneShotSettings;
  /** Opened under `identity`. */
  readonly hostmount: Hostmount;
  /** See `oneShotIdentity`. */
  readonly identity: string;
  readonly logger: Logger;
}

/** Registers every part of the one-shot mode by its token, as `registerPcapper` does for the agent. */
export function registerOneShot(container: DependencyContainer, { settings, hostmount, identity, logger }: OneShotOptions): DependencyContainer {
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
