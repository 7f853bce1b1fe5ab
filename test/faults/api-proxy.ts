import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateAuthority } from '../harness/certificate-authority.ts';
import { LurkingTrouble, type PassingCall, type Trouble, type TroubleOptions } from './api-trouble.ts';
import { PassingWatch } from './passing-watch.ts';
import { resetSocket } from './reset-socket.ts';

export interface ApiProxyOptions {
  /** Path of a kubeconfig of the harness: where to, and as whom. */
  readonly kubeconfig: string;
  /** Clients talk TLS to the proxy. Default: plain http. */
  readonly https?: boolean;
}

/** Where requests go, and the credentials that they get there. */
interface Upstream {
  readonly url: URL;
  readonly options: https.RequestOptions;
}

/**
 * Stands between one client and a real kube-apiserver, on loopback, and gives its requests trouble when told to. Whoever
 * connects has the rights of the kubeconfig's user. Each request travels on a connection of its own to the server, so a
 * server that was restarted is reached at once.
 */
export class ApiProxy implements AsyncDisposable {
  /** Path of a kubeconfig for the client. */
  readonly kubeconfig: string;
  readonly url: string;
  readonly #upstream: Upstream;
  readonly #server: http.Server;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  readonly #watches = new Set<PassingWatch>();
  readonly #removeAtExit: () => void;
  #troubles: LurkingTrouble[] = [];
  #quiet: PromiseWithResolvers<void> | undefined;

  static async start({ kubeconfig, https: secure = false }: ApiProxyOptions): Promise<ApiProxy> {
    const folder = mkdtempSync(join(tmpdir(), 'pcapper-api-proxy-'));
    try {
      const ca = secure ? await CertificateAuthority.create(folder) : undefined;
      const issued = await ca?.issue('proxy', { commonName: 'api-proxy', alternativeNames: ['IP:127.0.0.1'] });
      const server = issued
        ? https.createServer({ cert: readFileSync(issued.certificateFile), key: readFileSync(issued.keyFile) })
        : http.createServer();
      // As the API server does; clients close idle connections before that.
      server.keepAliveTimeout = 90_000;
      server.requestTimeout = 0;
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return new ApiProxy(folder, server, upstreamOf(kubeconfig), ca?.certificateFile);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(folder: string, server: http.Server, upstream: Upstream, caFile: string | undefined) {
    this.#upstream = upstream;
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    this.url = `${caFile === undefined ? 'http' : 'https'}://127.0.0.1:${this.#port}`;
    this.kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(this.kubeconfig, kubeconfigOf(this.url, caFile));
    this.#removeAtExit = () => rmSync(folder, { recursive: true, force: true });
    process.once('exit', this.#removeAtExit);
    server.on(caFile === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined);
    });
    server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => void this.#serve(request, response));
  }

  /** Lets a trouble lie in wait. Of several that fit a request, the latest befalls it. */
  inject(trouble: Trouble, options?: TroubleOptions): LurkingTrouble {
    const lurking = new LurkingTrouble(trouble, options);
    this.#troubles = [lurking, ...this.#troubles.filter(({ over }) => !over.aborted)];
    return lurking;
  }

  /** How many watches are open. */
  get openWatches(): number {
    return this.#watches.size;
  }

  /** Resets the connections of all open watches in the middle of a line. */
  cutWatches(): void {
    for (const watch of [...this.#watches]) watch.cut();
  }

  /** Closes its port and resets all connections: whoever comes is refused, as by a machine without an API server. */
  async refuse(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#resetAll();
    await closed;
  }

  /** Opens its port again after {@link ApiProxy.refuse}. */
  async accept(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** A black hole: connections stay open and are accepted, and nothing passes in either direction. */
  fallSilent(): void {
    this.#quiet ??= Promise.withResolvers();
    for (const watch of this.#watches) watch.pause();
  }

  /** What was sent meanwhile arrives now, as it does by TCP. */
  speak(): void {
    this.#quiet?.resolve();
    this.#quiet = undefined;
    for (const watch of this.#watches) watch.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const trouble of this.#troubles) trouble[Symbol.dispose]();
    this.speak();
    await this.refuse();
    process.off('exit', this.#removeAtExit);
    this.#removeAtExit();
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    try {
      const call = await callOf(request);
      await this.#quiet?.promise;
      const lurking = this.#troubles.find((candidate) => candidate.takes(call));
      await this.#befall(lurking, call, request, response);
    } catch {
      // The client has left, or the server has: either way the connection is over.
      resetSocket(request.socket);
    }
  }

  async #befall(lurking: LurkingTrouble | undefined, call: PassingCall, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const trouble = lurking?.trouble;
    switch (trouble?.kind) {
      case 'reset':
        resetSocket(request.socket);
        return;
      case 'silence':
        return;
      case 'expired':
        expire(call, response);
        return;
      case 'refusal':
        refuse(trouble.status, trouble.retryAfterSeconds, response);
        return;
      case 'hold':
        await aborted(lurking?.over);
        await this.#quiet?.promise;
    }
    if (request.socket.destroyed) return;
    const answer = await this.#forward(call, request, response);
    if (call.isWatch && answer.statusCode === 200) return this.#passWatch(answer, response, lurking);
    const body = await bytesOf(answer);
    switch (trouble?.kind) {
      case 'lose-answer':
        resetSocket(request.socket);
        return;
      case 'hold-answer':
        await aborted(lurking?.over);
        break;
      case 'slow':
        await aborted(AbortSignal.timeout(trouble.ms));
    }
    await this.#quiet?.promise;
    response.writeHead(answer.statusCode ?? 502, { ...passedHeaders(answer.headers), 'content-length': body.length });
    if (trouble?.kind !== 'close-midway') {
      response.end(body);
      return;
    }
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => resetSocket(request.socket));
  }

  async #passWatch(answer: http.IncomingMessage, response: http.ServerResponse, lurking: LurkingTrouble | undefined): Promise<void> {
    const kind = lurking?.trouble.kind;
    if (kind === 'lose-answer') {
      answer.destroy();
      resetSocket(response.socket);
      return;
    }
    if (kind === 'hold-answer') await aborted(lurking?.over);
    if (lurking?.trouble.kind === 'slow') await aborted(AbortSignal.timeout(lurking.trouble.ms));
    await this.#quiet?.promise;
    const watch = new PassingWatch(answer, response);
    if (kind === 'close-midway') watch.cutInNextLine();
    this.#watches.add(watch);
    await watch.over;
    this.#watches.delete(watch);
  }

  /** The head of the server's answer. Leaving the client's connection gives the request up. */
  #forward(call: PassingCall, request: http.IncomingMessage, response: http.ServerResponse): Promise<http.IncomingMessage> {
    const { url, options } = this.#upstream;
    return new Promise((resolve, reject) => {
      const outgoing = https.request(new URL(request.url ?? '/', url), {
        ...options,
        agent: false,
        method: call.method,
        headers: {
          ...passedHeaders(request.headers),
          host: url.host,
          // Without it the body of a DELETE, and so its preconditions, would not count as one.
          ...(call.body !== '' && { 'content-length': Buffer.byteLength(call.body) }),
          ...(options.headers as http.OutgoingHttpHeaders | undefined),
        },
      });
      response.on('close', () => outgoing.destroy());
      outgoing.on('response', resolve);
      outgoing.on('error', reject);
      outgoing.end(call.body);
    });
  }

  #resetAll(): void {
    for (const socket of this.#sockets) resetSocket(socket);
  }
}

async function callOf(request: http.IncomingMessage): Promise<PassingCall> {
  const body = (await bytesOf(request)).toString('utf8');
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://proxy');
  const isWatch = ['1', 'true'].includes(searchParams.get('watch') ?? '');
  return { method: request.method ?? 'GET', path: pathname, query: searchParams, isWatch, body };
}

async function bytesOf(message: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Headers that are about one connection, or that the proxy sets. */
const OWN_HEADERS = new Set(['host', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'authorization']);

function passedHeaders(headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name)));
}

const EXPIRED = 'too old resource version: 1 (2)';

function expire({ isWatch }: PassingCall, response: http.ServerResponse): void {
  const status = statusOf(410, 'Expired', EXPIRED);
  response.writeHead(isWatch ? 200 : 410, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(isWatch ? { type: 'ERROR', object: status } : status)}\n`);
}

const REASONS: Readonly<Record<number, string>> = { 401: 'Unauthorized', 403: 'Forbidden', 429: 'TooManyRequests', 500: 'InternalError', 503: 'ServiceUnavailable' };

function refuse(code: number, retryAfterSeconds: number | undefined, response: http.ServerResponse): void {
  const status = statusOf(code, REASONS[code] ?? 'Unknown', 'the API server is in trouble');
  response.writeHead(code, {
    'content-type': 'application/json',
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  });
  response.end(JSON.stringify(status));
}

function statusOf(code: number, reason: string, message: string): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}

async function aborted(signal: AbortSignal | undefined): Promise<void> {
  if (signal !== undefined && !signal.aborted) await once(signal, 'abort');
}

/** Reads what the harness writes: JSON, one cluster, one user with certificate or token. */
function upstreamOf(kubeconfig: string): Upstream {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8')) as {
    clusters: [{ cluster: { server: string; 'certificate-authority': string } }];
    users: [{ user: Readonly<Record<'client-certificate' | 'client-key' | 'token', string | undefined>> }];
  };
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  const { 'client-certificate': cert, 'client-key': key, token } = user;
  return {
    url: new URL(cluster.server),
    options: {
      ca: readFileSync(cluster['certificate-authority']),
      ...(cert !== undefined && key !== undefined && { cert: readFileSync(cert), key: readFileSync(key) }),
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    },
  };
}

function kubeconfigOf(server: string, caFile: string | undefined): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, ...(caFile !== undefined && { 'certificate-authority': caFile }) } }],
    users: [{ name: 'test', user: {} }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}
