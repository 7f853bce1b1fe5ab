interface Status {
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] };
}

/**
 * What a 422 of an API server says, as `path: message` in order: its own "Invalid value: …: " ahead of a rule's message is
 * left out, as is what is said of any object whose type is wrong.
 */
export function toldViolations(body: unknown, messages: readonly string[]): readonly string[] {
  const { details } = body as Status;
  return (details?.causes ?? [])
    .map(({ field = '', message = '' }) => {
      const known = messages.find((each) => message.endsWith(`: ${each}`));
      return `${field}: ${known ?? message}`;
    })
    .sort();
}

/** The same of the validator's violations. */
export function foundViolations(violations: readonly { readonly path: string; readonly message: string }[]): readonly string[] {
  return violations.map(({ path, message }) => `${path}: ${message}`).sort();
}
