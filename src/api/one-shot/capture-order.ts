import type { CaptureRequest } from '../../core/capture-request.ts';
import type { ClaimedTarget } from '../../core/capture-target.ts';
import { checkRequest } from '../../core/check-request.ts';
import { CaptureError, errorMessage } from '../../core/errors/capture-error.ts';
import { RequestInvalidError } from '../../core/errors/request-errors.ts';
import { record } from '../../core/parse-json.ts';
import { parseClaimedTarget, parseRequest } from '../../core/parse-request.ts';

/** The one capture that an agent in one-shot mode is to make. */
export interface OneShotOrder {
  /** What is asked for, with its limits. */
  readonly request: CaptureRequest;
  /** The Pod or interface that was found for it: the agent in one-shot mode looks none up. */
  readonly target: ClaimedTarget;
}

/** The order as one line of JSON, for an environment variable. Linux takes 128 KiB of each (execve(2), MAX_ARG_STRLEN). */
export function formatOrder({ request, target }: OneShotOrder): string {
  return JSON.stringify({ request, target });
}

/**
 * Reads what {@link formatOrder} wrote, and checks that it is a request that can be served.
 * @throws RequestInvalidError naming the field, what was given and what is allowed
 */
export function parseOrder(text: string): OneShotOrder {
  try {
    const from = record(JSON.parse(text), 'order');
    const order = { request: parseRequest(from['request'], 'request'), target: parseClaimedTarget(from['target'], 'target') };
    checkRequest(order.request);
    return order;
  } catch (error) {
    if (CaptureError.is(error)) throw error;
    throw new RequestInvalidError({
      problem: `The order of the capture cannot be read: ${errorMessage(error)}.`,
      advice: 'It must be JSON with "request" and "target", as formatOrder of pcapper makes it.',
    });
  }
}
