/**
 * A limit that the API server checks in CEL and the agent in TypeScript, with one message for both.
 * It is asked only of values of the right type, and never of absent ones.
 */
export interface Rule<T> {
  /** CEL on `self` (x-kubernetes-validations). */
  readonly cel: string;
  /** What is allowed, beginning with the field's name. */
  readonly message: string;
  readonly holds: (value: T) => boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** The part of an object of ours that rules on changes look at, with defaults applied. */
export interface Changing {
  readonly spec: Fields;
  readonly status?: Fields;
}

/** A limit on how an object may change, in CEL on `self` and `oldSelf` at the schema's root. */
export interface TransitionRule {
  readonly cel: string;
  readonly message: string;
  /** The field that is at fault: `.spec.stop`. */
  readonly fieldPath: string;
  readonly holds: (value: Changing, old: Changing) => boolean;
}
