import type { AgentSettings } from './core/agent/agent-parts.ts';

export const DEFAULT_AGENT_SETTINGS: Omit<AgentSettings, 'whereFilesAre'> = {
  scanInterval: 30_000,
  reportInterval: 2_000,
  goneGrace: 3_000,
  syncPatience: 5_000,
};

/** Names the command that fetches files from the agent's own Pod, or where they lie when it is not known. */
export function whereFilesAre(place: { readonly node: string; readonly directory: string; readonly namespace?: string; readonly pod?: string | undefined }) {
  return (files: readonly string[]): string => {
    const { node, directory, namespace, pod } = place;
    const first = files[0] ?? '';
    const lie = `Files: ${directory}/${first}${files.length > 1 ? ` and ${files.length - 1} more` : ''} on node ${node}.`;
    return pod === undefined ? lie : `${lie} Fetch: kubectl -n ${namespace ?? 'default'} cp ${pod}:${directory}/${first} ${first}`;
  };
}
