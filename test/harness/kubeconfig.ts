/** The text of a kubeconfig of one user. JSON is YAML: kubectl and client libraries read it. */
export function kubeconfigOf(server: { readonly url: string; readonly caFile?: string }, user: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: server.url, ...(server.caFile !== undefined && { 'certificate-authority': server.caFile }) } }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}
