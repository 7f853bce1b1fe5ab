import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubernetesConnection } from '../../../src/adapters/kubernetes/kubernetes-connection.ts';

export interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that answers as a test says, for what no real API server does when asked. */
export class ScriptedApi implements AsyncDisposable {
  readonly seen: SeenRequest[] = [];
  connections = 0;
  readonly #server: Server;

  static async start(answer: (request: SeenRequest, response: ServerResponse) => void): Promise<ScriptedApi> {
    const api = new ScriptedApi(answer);
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  private constructor(answer: (request: SeenRequest, response: ServerResponse) => void) {
    this.#server = createServer((incoming, response) => {
      void (async () => {
        incoming.setEncoding('utf8');
        let body = '';
        for await (const chunk of incoming) body += chunk as string;
        const request = { method: incoming.method ?? '', url: new URL(incoming.url ?? '', this.url), headers: incoming.headers, body };
        this.seen.push(request);
        answer(request, response);
      })();
    });
    this.#server.on('connection', () => {
      this.connections += 1;
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connection(): KubernetesConnection {
    return { server: new URL(this.url), requestOptions: () => Promise.resolve({}) };
  }

  /** Breaks every connection off, as a crash does. */
  reset(): void {
    this.#server.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

export function sendJson(response: ServerResponse, statusCode: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(statusCode, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
