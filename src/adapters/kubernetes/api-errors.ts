import { CaptureError, errorMessage } from '../../core/errors/index.ts';
import type { KubernetesStatus, StatusDetails } from './kubernetes-object.ts';

/** What was asked of the API server. */
export interface ApiCall {
  /** An HTTP method, or `WATCH` for a watch, which is a GET. */
  readonly method: string;
  /** Without the query. */
  readonly path: string;
}

/** What the API server answered. */
export interface ApiAnswer {
  /** HTTP status code. */
  readonly statusCode: number;
  /** The `Status` object of the answer; absent when the answer was something else, such as plain text. */
  readonly status?: KubernetesStatus;
  /** The answer's text where it was no `Status`. */
  readonly text?: string;
  /** Of the header `Retry-After` or the `Status`. Milliseconds. */
  readonly retryAfter?: number;
}

/** The API server answered, and the answer is a refusal. */
export class ApiStatusError extends CaptureError {
  /** The same for every refusal; {@link ApiStatusError.statusCode} and {@link ApiStatusError.reason} tell them apart. */
  override readonly code = 'ApiStatus';
  /** HTTP status code; of an `ERROR` line of a watch, the code that it carries. */
  readonly statusCode: number;
  /** The `Status` that the API server sent; absent for a plain-text answer, as for a resource that is not served. */
  readonly status: KubernetesStatus | undefined;
  /** How long the server asks to wait. Milliseconds. */
  readonly retryAfter: number | undefined;

  constructor({ method, path }: ApiCall, { statusCode, status, text, retryAfter }: ApiAnswer) {
    const words = [status?.reason, status?.message ?? text?.trim().slice(0, 300)].filter(Boolean).join(': ');
    super({
      problem: `${method} ${path} was answered with ${statusCode}${words && ` ${words}`}.`,
      advice: adviceFor(statusCode, status !== undefined),
    });
    this.statusCode = statusCode;
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** `reason` of the `Status`: `NotFound`, `Conflict`, `AlreadyExists`, … */
  get reason(): string | undefined {
    return this.status?.reason;
  }

  /** `details` of the `Status`: which object it is about, and why. */
  get details(): StatusDetails | undefined {
    return this.status?.details;
  }

  /** The object of that name does not exist. A 404 that does not say so may mean that its kind is not served. */
  saysNotFound(name: string): boolean {
    return this.statusCode === 404 && this.reason === 'NotFound' && this.details?.name === name;
  }

  /** Whether it is one, also of another copy of pcapper, as where CommonJS and ES modules meet. */
  static override is(error: unknown): error is ApiStatusError {
    return CaptureError.is(error) && error.code === 'ApiStatus';
  }
}

/** No answer came, or it broke off, or it was no answer of a Kubernetes API. */
export class ApiConnectionError extends CaptureError {
  /** The same whatever broke; `cause` is the error of the connection. Another try may succeed. */
  override readonly code = 'ApiConnection';

  constructor({ method, path }: ApiCall, server: URL, cause: unknown) {
    super(
      {
        problem: `${method} ${path} got no answer from ${server.origin}: ${describe(cause)}.`,
        advice: 'Check that the API server runs there, that it can be reached, and that its certificate is of the given CA.',
      },
      { cause },
    );
  }
}

function adviceFor(statusCode: number, isStatus: boolean): string {
  switch (statusCode) {
    case 401:
      return 'The credentials are missing, wrong or expired.';
    case 403:
      return 'Grant this right to the ServiceAccount or user by a Role.';
    case 404:
      return isStatus ? 'It does not exist, or no longer.' : 'This kind of resource is not served: install its CRD.';
    case 409:
      return 'Somebody else has changed it meanwhile; read it again.';
    case 410:
      return 'What was asked for is too old; list again.';
    case 422:
      return 'What was sent breaks a rule of the resource.';
    case 429:
      return 'The API server is busy; try again later.';
    default:
      return statusCode >= 500 ? 'Try again later; the log of the API server says more.' : 'The log of the API server may say more.';
  }
}

function describe(cause: unknown): string {
  // An AggregateError (all addresses of a name were tried) has an empty message of its own.
  if (cause instanceof AggregateError) return cause.errors.map(errorMessage).join(', ');
  return errorMessage(cause).replace(/\.$/, '');
}
