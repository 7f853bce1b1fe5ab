import type { Rule, TransitionRule } from '../rules/rule.ts';

/** A field: its type, its words and its rules. CRDs, defaults and the validator are all made from it. */
export type Schema = StringSchema | BooleanSchema | IntegerSchema | IntOrStringSchema | ArraySchema | MapSchema | ObjectSchema;

interface Described {
  readonly description: string;
}

export interface StringSchema extends Described {
  readonly type: 'string';
  readonly default?: string;
  readonly enum?: readonly string[];
  readonly format?: 'date-time';
  /** Characters. Only a bound for the cost of CEL and for sizes; limits that users meet are rules. */
  readonly maxLength?: number;
  readonly rules?: readonly Rule<string>[];
}

export interface BooleanSchema extends Described {
  readonly type: 'boolean';
  readonly default?: boolean;
}

/** A number in a status; numbers that users write are {@link IntOrStringSchema}. */
export interface IntegerSchema extends Described {
  readonly type: 'integer';
}

/**
 * A number that may also be written as a string. Its limits are rules: minimum, maximum and pattern do nothing for the
 * other of its two types.
 */
export interface IntOrStringSchema extends Described {
  readonly type: 'int-or-string';
  readonly default?: number | string;
  readonly rules: readonly [Rule<number | string>, ...Rule<number | string>[]];
}

export interface ArraySchema extends Described {
  readonly type: 'array';
  readonly items: Schema;
  readonly maxItems: number;
  /** The field that tells items apart, so that each has its own manager in server-side apply. Default: the list is atomic. */
  readonly mapKey?: string;
}

export interface MapSchema extends Described {
  readonly type: 'map';
  readonly values: Schema;
  readonly maxProperties: number;
  readonly rules?: readonly Rule<Readonly<Record<string, unknown>>>[];
}

export interface ObjectSchema extends Described {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** Where it is absent it is taken for an empty object, and its fields' defaults apply. */
  readonly default?: Readonly<Record<string, never>>;
  readonly rules?: readonly Rule<Readonly<Record<string, unknown>>>[];
  /** Rules on a change. Only at the root: elsewhere they are walked around by removing and re-adding the whole. */
  readonly transitions?: readonly TransitionRule[];
}

/** Table of the fields of `T`: one row each, so that a field without a row does not compile. */
export type FieldsOf<T> = { readonly [Field in keyof Required<T>]: Schema };
