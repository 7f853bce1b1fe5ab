import { stringify } from 'yaml';
import { agentManifests } from './agent-manifests.ts';
import { annotationDaemonSet, annotationRbacManifests, annotationTestPod } from './annotation-manifests.ts';
import { jobsManifests } from './jobs-manifests.ts';
import { namespaceManifest } from './namespace-manifest.ts';
import { operatorManifests } from './operator-manifests.ts';
import type { Manifest } from './role.ts';
import { userManifests } from './user-manifests.ts';

const MADE_BY = '# Made by npm run manifests. Do not edit.\n';

/** The generated files of deploy/, by their paths in it. */
export function manifestFiles(): ReadonlyMap<string, string> {
  const parts: Readonly<Record<string, readonly Manifest[]>> = {
    'namespace.yaml': [namespaceManifest()],
    'agent.yaml': agentManifests(),
    'operator.yaml': operatorManifests(),
    'users.yaml': userManifests(),
  };
  const jobs = jobsManifests();
  return new Map([
    ['install.yaml', documents(Object.values(parts).flat())],
    ...Object.entries(parts).map(([file, objects]): [string, string] => [`base/${file}`, documents(objects)]),
    ['base/kustomization.yaml', documents([kustomization(parts)])],
    ['annotation/rbac.yaml', documents(annotationRbacManifests())],
    ['annotation/daemonset.yaml', documents([annotationDaemonSet()])],
    ['annotation/test-pod.yaml', documents([annotationTestPod()])],
    ...Object.entries(jobs).map(([file, objects]): [string, string] => [`jobs/${file}`, documents(objects)]),
    ['jobs/kustomization.yaml', documents([kustomization(jobs)])],
  ]);
}

function kustomization(files: Readonly<Record<string, unknown>>): Manifest {
  return { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources: Object.keys(files) } as unknown as Manifest;
}

/** YAML 1.1 is what Kubernetes reads: it takes an unquoted `no` or `y` for a boolean. */
function documents(objects: readonly Manifest[]): string {
  return MADE_BY + objects.map((object) => stringify(object, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');
}
