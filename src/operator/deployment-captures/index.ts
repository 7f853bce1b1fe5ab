export { DeploymentCaptures, type DeploymentCapturesOptions } from './deployment-captures.ts';
export { DEPLOYMENT_CAPTURE_CRD, DEPLOYMENT_CAPTURE_CRD_RULES, DEPLOYMENT_CAPTURE_RULES } from './deployment-capture-rules.ts';
