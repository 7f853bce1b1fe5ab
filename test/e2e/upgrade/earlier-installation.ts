import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../../../src/adapters/kubernetes/index.ts';
import { NAMESPACE } from '../../adapters/kubernetes/capture-api.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { agentsAreRolled, CRDS } from '../install.ts';
import type { E2eWorld } from '../world/e2e-world.ts';

/** Of the frozen manifests, and the tag of the agents' image in them. */
export const EARLIER_VERSION = '0.0.9';

const FROZEN = join(import.meta.dirname, 'frozen-0.0.9');
const SERVER_SIDE = ['apply', '--server-side', '--field-manager=pcapper-operator', '-f'];

/** A resource of ours as kubectl takes it. */
export type Stored = KubernetesObject & { readonly apiVersion: string; readonly kind: 'PacketCapture' | 'PacketCaptureSet'; readonly spec: Readonly<Record<string, unknown>> };

/**
 * The installation is that of an earlier version from now on, with nothing stored but the frozen resources: its CRDs, rights
 * and agents. Its operator has made the DaemonSet and is away.
 * @param settings what somebody has set in the ConfigMap.
 */
export async function installEarlierVersion(world: E2eWorld, settings: Readonly<Record<string, string>>): Promise<void> {
  const { kubectl, client } = world;
  // What goes with its CRD keeps its files.
  for (const node of await world.nodes()) await eventually(async () => (await world.inAgent(node, 'find', '/hostmount', '-name', '[!.]*.pcap*')) === '', 60_000);
  await world.stopOperator();
  await kubectl.run('-n', NAMESPACE, 'delete', 'daemonset', 'pcapper', '--cascade=foreground', '--timeout=120s');
  await kubectl.run('delete', ...CRDS, '--timeout=120s');

  await kubectl.run('apply', '-f', join(FROZEN, 'install.yaml'));
  await kubectl.run('-n', NAMESPACE, 'patch', 'configmap', 'pcapper-config', '--type=merge', '-p', JSON.stringify({ data: settings }));
  for (const crd of ['packetcaptures.crd.yaml', 'packetcapturesets.crd.yaml']) await kubectl.run(...SERVER_SIDE, join(FROZEN, crd));
  await kubectl.run('wait', '--for=condition=Established', ...CRDS, '--timeout=60s');
  for (const { status, ...object } of await storedResources()) {
    await eventually(() => kubectl.apply(object).then(() => true, () => false), 60_000);
    if (status === undefined) continue;
    const { apiVersion, kind, metadata } = object;
    const fieldManager = kind === 'PacketCapture' ? 'pcapper-agent' : 'pcapper-operator';
    await client.patch(`${pathOf(kind, metadata.name)}/status`, 'apply', { apiVersion, kind, metadata: { name: metadata.name }, status }, { query: { fieldManager } });
  }
  await kubectl.run(...SERVER_SIDE, join(FROZEN, 'agents.yaml'));
  await agentsAreRolled((...argv) => kubectl.run(...argv), { version: EARLIER_VERSION, maxTotalFilesize: '256M' });
}

export function pathOf(kind: Stored['kind'], name: string): string {
  return `/apis/pcapper.io/v1alpha1/namespaces/${NAMESPACE}/${kind.toLowerCase()}s/${name}`;
}

/** The resources that were stored when the earlier version was at work. */
export async function storedResources(): Promise<readonly Stored[]> {
  const text = await readFile(join(FROZEN, 'stored.yaml'), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as Stored);
}
