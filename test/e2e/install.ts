import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { ClusterUnderTest } from './cluster/cluster-under-test.ts';

const OVERLAY = fileURLToPath(new URL('./overlay', import.meta.url));
const PACKAGE = new URL('../../package.json', import.meta.url);

/** As users apply it. */
export const SHIPPED = fileURLToPath(new URL('../../deploy/install.yaml', import.meta.url));

/** As kubectl takes them. */
export const CRDS = ['crd/packetcaptures.pcapper.io', 'crd/packetcapturesets.pcapper.io'];

/** The version that is tested, and whose images there are. */
export const { version: VERSION } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { readonly version: string };

/** What the DaemonSet is to look like. */
interface Agents {
  readonly version?: string;
  readonly maxTotalFilesize: string;
}

/**
 * Installs pcapper as documented, with budgets for small disks, and waits until every node's agent is at work as is asked.
 * @param version tag of the images, which the nodes have.
 */
export async function install(cluster: ClusterUnderTest, version: string = VERSION): Promise<void> {
  const { stdout: manifests } = await execa(cluster.kubectl, ['kustomize', OVERLAY]);
  await apply(cluster, manifests.replaceAll(/(pcapper\/(?:agent|operator)):\S+/g, `$1:${version}`), { version, maxTotalFilesize: '256M' });
}

/** As {@link install}, with the budgets as they are shipped: the nodes' disks have to be large. */
export async function installShipped(cluster: ClusterUnderTest): Promise<void> {
  await apply(cluster, readFileSync(SHIPPED, 'utf8'), { maxTotalFilesize: '10G' });
}

async function apply({ kubeconfig, kubectl }: ClusterUnderTest, manifests: string, agents: Agents): Promise<void> {
  const run = (argv: readonly string[], input = '') => execa(kubectl, [`--kubeconfig=${kubeconfig}`, ...argv], { input, stdout: 2, stderr: 2 });
  await run(['apply', '-f', '-'], manifests);
  await run(['-n', 'pcapper', 'rollout', 'status', 'deployment/pcapper-operator', '--timeout=180s']);
  await run(['-n', 'pcapper', 'wait', '--for=create', 'daemonset/pcapper', '--timeout=180s']);
  await agentsAreRolled((...argv) => run(argv), agents);
}

/** Resolves once the operator has made the DaemonSet so, and all agents are of it. */
export async function agentsAreRolled(kubectl: (...argv: readonly string[]) => Promise<unknown>, { version = VERSION, maxTotalFilesize }: Agents): Promise<void> {
  const container = '.spec.template.spec.containers[0]';
  const fields = { [`${container}.image`]: `pcapper/agent:${version}`, [`${container}.env[?(@.name=="MAX_TOTAL_FILESIZE")].value`]: maxTotalFilesize };
  for (const [path, value] of Object.entries(fields)) await kubectl('-n', 'pcapper', 'wait', `--for=jsonpath={${path}}=${value}`, 'daemonset/pcapper', '--timeout=180s');
  await kubectl('-n', 'pcapper', 'rollout', 'status', 'daemonset/pcapper', '--timeout=180s');
}
