import { errorMessage } from '../errors/capture-error.ts';
import { visible } from '../errors/visible.ts';

const MOST_CHARACTERS = 300;

/** What a resolver says of a target that is gone, as one sentence that is fit for a status; `undefined` where it says nothing. */
export function goneSentence(reason: unknown): string | undefined {
  // What an AbortSignal has that was given no reason.
  if (reason instanceof DOMException && reason.name === 'AbortError') return undefined;
  const said = visible(errorMessage(reason).trim().replaceAll(/\s+/g, ' '));
  if (said === '') return undefined;
  if (said.length > MOST_CHARACTERS) return `${said.slice(0, MOST_CHARACTERS).toWellFormed()}….`;
  return /[.!?]$/.test(said) ? said : `${said}.`;
}
