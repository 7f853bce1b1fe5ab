import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateAuthority } from '../../test/harness/certificate-authority.ts';

export interface CountedRequest {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly isWatch: boolean;
  /** `performance.now()`. */
  readonly at: number;
}

/** Stands before an API server for one client, passes everything on as it is, and keeps a list of the requests. */
export class CountingProxy implements AsyncDisposable {
  readonly requests: CountedRequest[] = [];
  readonly url: string;
  /** Of the CA that the proxy is trusted by. */
  readonly caFile: string;
  readonly #server: https.Server;
  readonly #folder: string;
  readonly #upstream: https.Agent;
  readonly #watchLine: (line: string) => void;

  /** @param watchLine called with each line that goes to the client on a watch. */
  static async start(target: { readonly url: string; readonly caFile: string }, watchLine: (line: string) => void = () => undefined): Promise<CountingProxy> {
    const folder = mkdtempSync(join(tmpdir(), 'pcapper-bench-proxy-'));
    const ca = await CertificateAuthority.create(folder);
    const { certificateFile, keyFile } = await ca.issue('proxy', { commonName: 'proxy', alternativeNames: ['IP:127.0.0.1'] });
    const server = https.createServer({ key: readFileSync(keyFile), cert: readFileSync(certificateFile) });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CountingProxy(server, target, folder, ca.certificateFile, watchLine);
  }

  private constructor(server: https.Server, target: { readonly url: string; readonly caFile: string }, folder: string, caFile: string, watchLine: (line: string) => void) {
    this.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.caFile = caFile;
    this.#server = server;
    this.#folder = folder;
    this.#upstream = new https.Agent({ keepAlive: true, ca: readFileSync(target.caFile) });
    this.#watchLine = watchLine;
    server.on('request', (request, response) => this.#pass(new URL(target.url), request, response));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
    this.#upstream.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #pass(target: URL, request: http.IncomingMessage, response: http.ServerResponse): void {
    const { method = 'GET', url = '/', headers } = request;
    const isWatch = new URL(url, target).searchParams.has('watch');
    this.requests.push({ method, url, isWatch, at: performance.now() });
    const onward = https.request(
      { host: target.hostname, port: target.port, method, path: url, headers: { ...headers, host: target.host }, agent: this.#upstream },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        response.flushHeaders();
        if (isWatch) this.#countLines(answer);
        answer.pipe(response);
        answer.on('error', () => response.destroy());
      },
    );
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  #countLines(answer: http.IncomingMessage): void {
    let rest = '';
    answer.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') this.#watchLine(line);
    });
  }
}
