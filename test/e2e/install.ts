import { execa } from 'execa';
import { agentManifests } from '../../scripts/manifests/agent-manifests.ts';
import { AGENT, AGENT_IMAGE, NAMESPACE } from '../../scripts/manifests/names.ts';
import { namespaceManifest } from '../../scripts/manifests/namespace-manifest.ts';
import { userManifests } from '../../scripts/manifests/user-manifests.ts';
import { packetCaptureCrd, packetCaptureSetCrd } from '../../src/api/v1alpha1/index.ts';
import { agentDaemonSet } from '../../src/operator/agents/agent-daemon-set.ts';
import { readAgentsSettings } from '../../src/operator/agents/agents-settings.ts';
import type { ClusterUnderTest } from './global-setup.ts';

/** Room for 20 captures at once, on disks of any machine. */
const BUDGET = { MAX_TOTAL_FILESIZE: '256M', MIN_FREE_DISK: '128M' };

/** Installs pcapper, and waits until every node's agent is at work. */
export async function install({ kubeconfig, kubectl }: ClusterUnderTest): Promise<void> {
  const run = (argv: readonly string[], input?: string) => execa(kubectl, [`--kubeconfig=${kubeconfig}`, ...argv], { stdout: 2, stderr: 2, ...(input !== undefined && { input }) });
  const apply = (objects: readonly object[]) => run(['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  await apply([namespaceManifest(), packetCaptureCrd(), packetCaptureSetCrd()]);
  await run(['wait', '--for=condition=Established', 'crd/packetcaptures.pcapper.io', 'crd/packetcapturesets.pcapper.io', '--timeout=60s']);
  await apply([...agentManifests(), ...userManifests(), agentDaemonSet(readAgentsSettings(BUDGET, AGENT_IMAGE), { namespace: NAMESPACE, serviceAccount: AGENT })]);
  await run(['-n', 'pcapper', 'rollout', 'status', 'daemonset/pcapper', '--timeout=180s']);
}
