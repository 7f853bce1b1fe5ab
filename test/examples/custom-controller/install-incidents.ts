import { readFile } from 'node:fs/promises';
import type { KubernetesClient, KubernetesObject } from 'pcapper/kubernetes';
import { parseAllDocuments } from 'yaml';
import { eventually } from '../../adapters/kubernetes/eventually.ts';

export const INCIDENTS = '/apis/example.com/v1/namespaces/default/incidents';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
/** Where the objects of incidents.yaml are made. */
const COLLECTIONS: Readonly<Record<string, string>> = {
  CustomResourceDefinition: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  Namespace: '/api/v1/namespaces',
  ServiceAccount: '/api/v1/namespaces/incident-controller/serviceaccounts',
  ClusterRole: `${RBAC}/clusterroles`,
  ClusterRoleBinding: `${RBAC}/clusterrolebindings`,
  DaemonSet: '/apis/apps/v1/namespaces/incident-controller/daemonsets',
};

/** Applies the example's manifest. Resolves once Incidents are served. */
export async function installIncidents(admin: KubernetesClient): Promise<void> {
  const manifest = await readFile(new URL('../../../examples/custom-controller/incidents.yaml', import.meta.url), 'utf8');
  for (const document of parseAllDocuments(manifest)) {
    const object = document.toJS() as { readonly kind: string };
    await admin.create(COLLECTIONS[object.kind] ?? object.kind, object);
  }
  await eventually(() => admin.list(INCIDENTS).then(() => true, () => false));
}

export function createIncident(admin: KubernetesClient, name: string): Promise<KubernetesObject> {
  return admin.create(INCIDENTS, { apiVersion: 'example.com/v1', kind: 'Incident', metadata: { name }, spec: { pod: 'web-1', reason: 'It is slow.' } });
}

export async function statusOf(admin: KubernetesClient, name: string): Promise<unknown> {
  return (await admin.get(`${INCIDENTS}/${name}`)).status;
}
