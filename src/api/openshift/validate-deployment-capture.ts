import { validate } from '../v1alpha1/schema/validate.ts';
import type { Violation } from '../v1alpha1/schema/violations.ts';
import { withDefaults } from '../v1alpha1/schema/with-defaults.ts';
import { deploymentCaptureSchema } from './deployment-capture-schema.ts';

/**
 * Everything that is wrong with a DeploymentCapture of any shape; nothing, if it is valid.
 * @param old the object that it is to take the place of, with rules on changes
 */
export function validateDeploymentCapture(object: unknown, old?: unknown): readonly Violation[] {
  return validate(deploymentCaptureSchema, object, old);
}

/** A DeploymentCapture as the API server stores it. */
export function defaultDeploymentCapture(object: unknown): unknown {
  return withDefaults(deploymentCaptureSchema, object);
}
