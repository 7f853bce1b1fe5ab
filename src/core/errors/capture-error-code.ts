import type * as errors from './index.ts';

type CodeOf<E> = E extends abstract new (...given: never) => { readonly code: infer C extends string } ? (string extends C ? never : C) : never;

/**
 * Each `code` of the errors that `pcapper` exports: what an engine and an agent tell. `pcapper/kubernetes` and `pcapper/operator` have
 * further ones, and parts of a program's own may, so `CaptureError.code` is a `string`.
 */
export type CaptureErrorCode = { readonly [Name in keyof typeof errors]: CodeOf<(typeof errors)[Name]> }[keyof typeof errors];
