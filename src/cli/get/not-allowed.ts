import { ApiStatusError } from '../../adapters/kubernetes/api-errors.ts';
import { NotAllowedError } from './get-errors.ts';

/** A refusal for want of a right, in words that name the role which has it. */
export function explainRefusal(error: unknown): unknown {
  return error instanceof ApiStatusError && error.statusCode === 403 ? new NotAllowedError(error.problem, { cause: error }) : error;
}
