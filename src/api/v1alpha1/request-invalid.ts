import { quote } from '../../core/errors/capture-error.ts';
import { RequestInvalidError } from '../../core/errors/request-errors.ts';
import type { Violation } from './schema/violations.ts';

/** Everything that is wrong with an object of ours, in the words of the rules. */
export function requestInvalid(kind: string, wrong: readonly Violation[]): RequestInvalidError {
  return new RequestInvalidError({ problem: problemOf(wrong), advice: `Delete the ${kind} and create it again with that corrected.` });
}

/** A sentence for each. */
export function problemOf(wrong: readonly Pick<Violation, 'message' | 'given'>[]): string {
  return wrong.map(({ message, given }) => (given === undefined ? `${message}.` : `${message}; it is ${quote(given)}.`)).join(' ');
}
