import type { ResourceName } from '../resources/resource-definition.ts';

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** A refusal, as the API server words it: what a `Status` object says (Kubernetes API reference, Status). */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string | undefined;
  readonly details: StatusDetails | undefined;
  /** Token with which a list can go on nevertheless. */
  readonly continueToken: string | undefined;

  constructor(code: number, reason: string | undefined, message: string, details?: StatusDetails, continueToken?: string) {
    super(message);
    this.name = 'StatusError';
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.continueToken = continueToken;
  }

  toStatus() {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.continueToken === undefined ? {} : { continue: this.continueToken },
      status: 'Failure',
      message: this.message,
      ...(this.reason === undefined ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

/** `probes.example.com`, or `pods` in the core group. */
export function qualified(resource: ResourceName): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

const qualifiedKind = (resource: ResourceName) => (resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`);
const groupOf = (resource: ResourceName) => (resource.group === '' ? {} : { group: resource.group });
const detailsOf = (resource: ResourceName, name: string): StatusDetails => ({ name, ...groupOf(resource), kind: resource.plural });

export const notFound = (resource: ResourceName, name: string) =>
  new StatusError(404, 'NotFound', `${qualified(resource)} "${name}" not found`, detailsOf(resource, name));

/** No such resource in a group that is built in. Where a CRD is missing the server answers in plain text, without a Status. */
export const resourceNotFound = () => new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});

export const alreadyExists = (resource: ResourceName, name: string) =>
  new StatusError(409, 'AlreadyExists', `${qualified(resource)} "${name}" already exists`, detailsOf(resource, name));

export const conflict = (resource: ResourceName, name: string, why: string) =>
  new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`, detailsOf(resource, name));

export const modified = (resource: ResourceName, name: string) =>
  conflict(resource, name, 'the object has been modified; please apply your changes to the latest version and try again');

/** A precondition of a deletion that does not hold. The server names the kind here, not the resource. */
export function preconditionFailed(resource: ResourceName, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualifiedKind(resource)} "${name}": ${why}`;
  return new StatusError(409, 'Conflict', message, { name, ...groupOf(resource), kind: resource.kind });
}

export const badRequest = (message: string) => new StatusError(400, 'BadRequest', message);

export const internalError = (message: string) => new StatusError(500, undefined, message);

export const expired = (message: string, continueToken?: string) => new StatusError(410, 'Expired', message, undefined, continueToken);

export const methodNotAllowed = (resource: ResourceName, verb: string) =>
  new StatusError(405, 'MethodNotAllowed', `${verb} is not supported on resources of kind "${qualified(resource)}"`, {
    ...groupOf(resource),
    kind: resource.plural,
  });

export const unsupportedMediaType = (accepted: readonly string[]) =>
  new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

/** A JSON patch that does not apply: a `test` that fails, a path that does not exist. */
export const patchRejected = () => new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

/** What is wrong with one field. */
export interface FieldError extends StatusCause {
  readonly field: string;
}

export const fieldInvalid = (field: string, given: string, why: string): FieldError => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${given}: ${why}`,
  field,
});

export const fieldRequired = (field: string, why?: string): FieldError => ({
  reason: 'FieldValueRequired',
  message: why === undefined ? 'Required value' : `Required value: ${why}`,
  field,
});

/** `named` is what the message and details name: the kind, as a rule. */
export function invalid(named: { readonly group: string; readonly kind: string }, name: string, errors: readonly FieldError[]): StatusError {
  const what = named.group === '' ? named.kind : `${named.kind}.${named.group}`;
  const each = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))];
  const why = each.length === 1 ? (each[0] ?? '') : `[${each.join(', ')}]`;
  return new StatusError(422, 'Invalid', `${what} "${name}" is invalid: ${why}`, {
    ...(name === '' ? {} : { name }),
    ...(named.group === '' ? {} : { group: named.group }),
    kind: named.kind,
    causes: errors,
  });
}
