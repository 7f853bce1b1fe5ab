/** What can go wrong with a request. */
export type Fault =
  /** The connection is reset (TCP RST); nothing is answered. */
  | { readonly kind: 'reset' }
  /** The connection ends in the middle of the answer; that of a watch in the middle of its first event. */
  | { readonly kind: 'close-midway' }
  /** The request is taken and never answered. */
  | { readonly kind: 'silence' }
  /** A watch is opened, and nothing is ever heard of it; other requests are never answered. */
  | { readonly kind: 'silent-watch' }
  /** The answer comes late. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** The version asked for is too old: HTTP 410, to a watch an ERROR event. */
  | { readonly kind: 'expired' }
  /** The server refuses: 401, 403, 429, 500, 503. */
  | { readonly kind: 'refusal'; readonly status: number; readonly retryAfterSeconds?: number };

/** A request as faults see it. */
export interface ObservedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly isWatch: boolean;
  /** Media type of the body, without parameters. */
  readonly contentType: string;
  readonly body: unknown;
}
