import { crdName } from '../../api/v1alpha1/group.ts';
import { DEPLOYMENT_CAPTURE, OPENSHIFT_GROUP } from '../../api/openshift/index.ts';
import type { PolicyRule } from '../policy-rule.ts';

/** Its CRD is the administrator's to install. */
export const DEPLOYMENT_CAPTURE_CRD = crdName({ ...DEPLOYMENT_CAPTURE, group: OPENSHIFT_GROUP });

/** What `DeploymentCaptures` needs in its namespace, in a Role, beside the rules of Jobs. */
export const DEPLOYMENT_CAPTURE_RULES: readonly PolicyRule[] = [
  { apiGroups: [OPENSHIFT_GROUP], resources: [DEPLOYMENT_CAPTURE.plural], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [OPENSHIFT_GROUP], resources: [`${DEPLOYMENT_CAPTURE.plural}/status`], verbs: ['patch'] },
  { apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'delete', 'get', 'list', 'patch', 'watch'] },
];

/** What looking for its CRD needs, in a ClusterRole, beside the rules of finding the Pods of a workload. */
export const DEPLOYMENT_CAPTURE_CRD_RULES: readonly PolicyRule[] = [
  { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], resourceNames: [DEPLOYMENT_CAPTURE_CRD], verbs: ['list', 'watch'] },
];
