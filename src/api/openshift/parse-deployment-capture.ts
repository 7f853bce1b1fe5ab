import { type Demanded, parseSpec } from '../v1alpha1/parse-spec.ts';
import type { DeploymentCaptureSpec } from './deployment-capture.ts';
import { deploymentCaptureSchema } from './deployment-capture-schema.ts';
import { DEPLOYMENT_CAPTURE } from './group.ts';

/** What a DeploymentCapture asks for, or everything that is wrong with it. */
export type DeploymentDemand = Demanded<DeploymentCaptureSpec>;

/** Reads a DeploymentCapture of any shape. */
export function parseDeploymentCapture(object: unknown): DeploymentDemand {
  return parseSpec(DEPLOYMENT_CAPTURE.kind, deploymentCaptureSchema.properties.spec, object);
}
