import { deploymentCaptureCrd } from '../../src/api/openshift/index.ts';
import { AGENT, JOBS_NAMESPACE } from './names.ts';
import { namespaceManifest } from './namespace-manifest.ts';
import { operatorWorkload, operatorRbacManifests } from './operator-manifests.ts';
import { type Manifest, serviceAccount } from './role.ts';

/** Captures by Jobs, without a DaemonSet: beside an installation with one, if there is any. By the names of their files. */
export function jobsManifests(): Readonly<Record<string, readonly Manifest[]>> {
  const namespace = JOBS_NAMESPACE;
  return {
    'namespace.yaml': [namespaceManifest(namespace)],
    // Those of pcapper.io are the operator's to install.
    'crd.yaml': [deploymentCaptureCrd() as unknown as Manifest],
    // The Jobs' Pods get no token, so their ServiceAccount has no rights.
    'rbac.yaml': [serviceAccount(AGENT, namespace), ...operatorRbacManifests({ namespace, clusterName: 'pcapper-jobs-operator', dispatch: 'job' })],
    'operator.yaml': operatorWorkload(namespace, ['--dispatch', 'job']),
  };
}
