import { visible } from './visible.ts';

const brand = Symbol.for('pcapper.CaptureError');

/** What is wrong and what to do about it, in words for the person who asked. */
export interface Explanation {
  /** What was given or found, and why that is wrong. One sentence or two. */
  readonly problem: string;
  /** What is allowed or what to do next. */
  readonly advice: string;
}

/**
 * The one kind of error that pcapper reports: a class per cause, each with a stable `code`.
 * `message` is the same text in status, Event and log. What each code means, and what to do: `docs/errors/CODE.md` of the repository.
 */
export abstract class CaptureError extends Error {
  /** Stable, CamelCase: fit for a Kubernetes `reason`. */
  abstract readonly code: string;
  /** What was given or found, and why that is wrong. */
  readonly problem: string;
  /** What is allowed or what to do next. */
  readonly advice: string;

  constructor({ problem, advice }: Explanation, options?: ErrorOptions) {
    super(`${problem} ${advice}`, options);
    this.problem = problem;
    this.advice = advice;
    Object.defineProperty(this, brand, { value: true });
  }

  /** True for a `CaptureError` of any copy of this library in the process. */
  static is(error: unknown): error is CaptureError {
    return typeof error === 'object' && error !== null && brand in error;
  }
}

// By the code, since bundlers rename classes.
Object.defineProperty(CaptureError.prototype, 'name', {
  configurable: true,
  get(this: CaptureError) {
    return `${this.code}Error`;
  },
});

/** The text of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const MAX_QUOTED_CHARACTERS = 200;

/** Quotes what a user gave: escaped, so that nothing in it can disguise itself, and cut to a readable length. */
export function quote(given: unknown): string {
  const text = typeof given === 'string' ? given : given === undefined ? 'nothing' : isNumber(given) ? given.toString() : JSON.stringify(given);
  const escaped = visible(JSON.stringify(text.slice(0, MAX_QUOTED_CHARACTERS)));
  return text.length > MAX_QUOTED_CHARACTERS ? `${escaped}… (${text.length} characters)` : escaped;
}

/** Of which JSON.stringify knows not all: NaN, Infinity, 1n. */
function isNumber(given: unknown): given is number | bigint {
  return typeof given === 'number' || typeof given === 'bigint';
}
