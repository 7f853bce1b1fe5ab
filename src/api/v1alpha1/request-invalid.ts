import { quote } from '../../core/errors/capture-error.ts';
import { RequestInvalidError } from '../../core/errors/request-errors.ts';
import type { Violation } from './schema/violations.ts';

/** Everything that is wrong with an object of ours, in the words of the rules. */
export function requestInvalid(kind: string, wrong: readonly Violation[]): RequestInvalidError {
  const sentences = wrong.map(({ message, given }) => (given === undefined ? `${message}.` : `${message}; it is ${quote(given)}.`));
  return new RequestInvalidError({
    problem: sentences.join(' '),
    advice: `Delete the ${kind} and create it again with that corrected.`,
  });
}
