import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { ClusterUnderTest } from './global-setup.ts';

const OVERLAY = fileURLToPath(new URL('./overlay', import.meta.url));
const PACKAGE = new URL('../../package.json', import.meta.url);

/** As kubectl takes them. */
export const CRDS = ['crd/packetcaptures.pcapper.io', 'crd/packetcapturesets.pcapper.io'];

/** The version that is tested, and whose images there are. */
export const { version: VERSION } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { readonly version: string };

/**
 * Installs pcapper as documented, and waits until every node's agent is at work as is asked.
 * @param version tag of the images, which the nodes have.
 */
export async function install({ kubeconfig, kubectl }: ClusterUnderTest, version: string = VERSION): Promise<void> {
  const run = (argv: readonly string[], input = '') => execa(kubectl, [`--kubeconfig=${kubeconfig}`, ...argv], { input, stdout: 2, stderr: 2 });
  const { stdout: manifests } = await execa(kubectl, ['kustomize', OVERLAY]);
  await run(['apply', '-f', '-'], manifests.replaceAll(/(pcapper\/(?:agent|operator)):\S+/g, `$1:${version}`));
  await run(['-n', 'pcapper', 'rollout', 'status', 'deployment/pcapper-operator', '--timeout=180s']);
  await run(['-n', 'pcapper', 'wait', '--for=create', 'daemonset/pcapper', '--timeout=180s']);
  await agentsAreRolled((...argv) => run(argv), { version, maxTotalFilesize: '256M' });
}

/** Resolves once the operator has made the DaemonSet so, and all agents are of it. */
export async function agentsAreRolled(
  kubectl: (...argv: readonly string[]) => Promise<unknown>,
  { version = VERSION, maxTotalFilesize }: { readonly version?: string; readonly maxTotalFilesize: string },
): Promise<void> {
  const container = '.spec.template.spec.containers[0]';
  const fields = { [`${container}.image`]: `pcapper/agent:${version}`, [`${container}.env[?(@.name=="MAX_TOTAL_FILESIZE")].value`]: maxTotalFilesize };
  for (const [path, value] of Object.entries(fields)) await kubectl('-n', 'pcapper', 'wait', `--for=jsonpath={${path}}=${value}`, 'daemonset/pcapper', '--timeout=180s');
  await kubectl('-n', 'pcapper', 'rollout', 'status', 'daemonset/pcapper', '--timeout=180s');
}
