import type { KubeApiserver } from '../harness/kube-apiserver.ts';
import { PATIENCE_MS } from './agent-under-fault.ts';

/** The API server may be away for a moment. */
export async function must(server: KubeApiserver, method: string, path: string, body?: unknown): Promise<{ readonly body: unknown }> {
  const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const answer = await server.request(method, path, body, { contentType, signal: AbortSignal.timeout(PATIENCE_MS) });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}
