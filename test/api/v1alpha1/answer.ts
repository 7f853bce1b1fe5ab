import type { ApiRequestOptions } from '../../harness/api-connection.ts';
import type { KubeApiserver } from '../../harness/kube-apiserver.ts';

/** What an API server says; the test knows what it asked for. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export async function ask(server: KubeApiserver, method: string, path: string, body?: unknown, options?: ApiRequestOptions): Promise<Answer> {
  return server.request(method, path, body, options);
}
