import { LABELS, NAMESPACE } from './names.ts';
import type { Manifest } from './role.ts';

/** Agents use the node's network, processes and a folder of it, which only this level of Pod Security admits. */
export function namespaceManifest(name = NAMESPACE): Manifest {
  const security = Object.fromEntries(['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'privileged']));
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...LABELS, ...security } } };
}
