import { InterfaceDisappearedError, PodNotFoundError, TargetMissingError } from '../errors/target-errors.ts';

/** Codes of the errors that say that a target is not there at the moment. */
export const MISSING_TARGET: readonly string[] = [TargetMissingError.code, PodNotFoundError.code, InterfaceDisappearedError.code];
