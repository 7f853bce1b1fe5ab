import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** Where a {@link HealthServer} listens, and what it answers. */
export interface HealthServerOptions {
  /** The IP address that it listens at, and no other: `127.0.0.1` is for this machine alone. */
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Answers /readyz: whether the agent knows what it has to do. */
  readonly ready: () => boolean;
  /** Answers /metrics, in the Prometheus text format; absent: not served. */
  readonly metrics?: (() => Promise<string>) | undefined;
}

/** Serves /healthz, /readyz and, where enabled, /metrics. */
export class HealthServer implements AsyncDisposable {
  readonly #server: Server;

  /** Begins to listen. */
  static async start({ address, port, ready, metrics }: HealthServerOptions): Promise<HealthServer> {
    const server = createServer((request, response) => {
      const answer = (status: number, body: string, type = 'text/plain') => {
        response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(body);
      };
      if (request.method !== 'GET') return answer(405, 'only GET is served\n');
      switch (request.url) {
        case '/healthz':
          return answer(200, 'ok\n');
        case '/readyz':
          return ready() ? answer(200, 'ok\n') : answer(503, 'the API server has not answered yet\n');
        case '/metrics':
          if (!metrics) return answer(404, 'metrics are not enabled (METRICS=true)\n');
          metrics().then(
            (text) => answer(200, text, 'text/plain; version=0.0.4'),
            () => answer(500, 'the metrics could not be collected\n'),
          );
          return;
        default:
          return answer(404, 'served are /healthz, /readyz and /metrics\n');
      }
    });
    server.listen(port, address);
    await once(server, 'listening');
    return new HealthServer(server);
  }

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Where it listens: `http://127.0.0.1:9807`. */
  get address(): string {
    const { address, port, family } = this.#server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** Ends it, with the connections that are open. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
