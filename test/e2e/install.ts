import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { ClusterUnderTest } from './global-setup.ts';

const OVERLAY = fileURLToPath(new URL('./overlay', import.meta.url));

/** Installs pcapper as documented, and waits until every node's agent is at work. */
export async function install({ kubeconfig, kubectl }: ClusterUnderTest): Promise<void> {
  const run = (...argv: string[]) => execa(kubectl, [`--kubeconfig=${kubeconfig}`, ...argv], { stdout: 2, stderr: 2 });
  await run('apply', '-k', OVERLAY);
  await run('-n', 'pcapper', 'rollout', 'status', 'deployment/pcapper-operator', '--timeout=180s');
  await run('-n', 'pcapper', 'wait', '--for=create', 'daemonset/pcapper', '--timeout=180s');
  await run('-n', 'pcapper', 'rollout', 'status', 'daemonset/pcapper', '--timeout=180s');
}
