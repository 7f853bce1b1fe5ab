import { type CaptureOutcome, outcomeOf } from '../../api/one-shot/capture-outcome.ts';
import { NO_PACKETS } from '../../core/capture-result.ts';
import { SettingInvalidError, UnexpectedError } from '../../core/errors/agent-errors.ts';
import { CaptureError } from '../../core/errors/capture-error.ts';
import { RequestInvalidError } from '../../core/errors/request-errors.ts';
import type { Logger } from '../../core/logger.ts';
import { placeOfOutcome } from '../environment/one-shot-settings.ts';
import { type ProgramOptions, tellFailure } from '../environment/run-program.ts';
import type { Texts } from '../environment/settings-table.ts';
import { TerminationLog } from './termination-log.ts';

/**
 * Tells why an agent in one-shot mode ends without having captured: as {@link tellFailure} does, and by its termination message.
 * @returns the exit code: 2 for what it was told, else 1
 */
export function tellOneShotFailure(error: unknown, environment: Texts, logger: ProgramOptions['logger'] & Logger): 1 | 2 {
  const { terminationLog, node } = placeOfOutcome(environment);
  const cause = CaptureError.is(error) ? error : new UnexpectedError(error);
  new TerminationLog(terminationLog, logger).write(failureOf(node, cause));
  tellFailure(error, logger);
  return cause instanceof SettingInvalidError || cause instanceof RequestInvalidError ? 2 : 1;
}

function failureOf(node: string, { code, message }: CaptureError): CaptureOutcome {
  const nothing = { packets: NO_PACKETS, files: [], wrapped: false, gaps: [] };
  return outcomeOf(node, { ...nothing, progress: 'failure', reason: code, message, completionTime: Date.now() });
}
