import type { PolicyRule } from '../../src/operator/policy-rule.ts';
import type { KubeApiserver } from '../harness/kube-apiserver.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
let grants = 0;

/** Gives a user these rights: in one namespace, or without one in the whole cluster. */
export async function grant(
  api: KubeApiserver,
  { user, namespace, rules }: { readonly user: string; readonly namespace?: string; readonly rules: readonly PolicyRule[] },
): Promise<void> {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const folder = namespace === undefined ? RBAC : `${RBAC}/namespaces/${namespace}`;
  const metadata = { name: `grant-${++grants}` };
  await create(api, `${folder}/${kind.toLowerCase()}s`, { metadata, rules });
  await create(api, `${folder}/${kind.toLowerCase()}bindings`, {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: metadata.name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  });
}

async function create(api: KubeApiserver, path: string, body: object): Promise<void> {
  const answer = await api.request('POST', path, body);
  if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}
