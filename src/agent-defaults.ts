import { PACKET_CAPTURE } from './api/v1alpha1/group.ts';
import type { AgentSettings } from './core/agent/agent-parts.ts';

export const DEFAULT_AGENT_SETTINGS: Omit<AgentSettings, 'whereFilesAre'> = {
  scanInterval: 30_000,
  reportInterval: 2_000,
  goneGrace: 3_000,
  syncPatience: 5_000,
};

/** That of `pcapper get` where none is named. */
const INSTALL_NAMESPACE = 'pcapper';

/**
 * Names the commands that fetch files from the agent's own Pod, or where they lie when it is not known. `pcapper get` knows
 * what PacketCaptures ask for.
 */
export function whereFilesAre(place: { readonly node: string; readonly directory: string; readonly namespace?: string; readonly pod?: string | undefined }) {
  const { node, directory, namespace = INSTALL_NAMESPACE, pod } = place;
  return (files: readonly string[], name: string, source: string): string => {
    const [first = ''] = files;
    const lie = `Files: ${directory}/${first}${files.length > 1 ? ` and ${files.length - 1} more` : ''} on node ${node}.`;
    if (pod === undefined) return lie;
    const copy = `kubectl -n ${namespace} cp ${pod}:${directory}/${first} ${first}`;
    if (source !== PACKET_CAPTURE.kind) return `${lie} Fetch ${files.length > 1 ? 'each' : 'it'} with: ${copy}`;
    const there = namespace === INSTALL_NAMESPACE ? '' : `-n ${namespace} `;
    return (
      `${lie} Fetch the packets as one file with: npx pcapper get ${name} ${there}-o ${name}.pcap ; ` +
      `or each file by itself with: ${copy}`
    );
  };
}
