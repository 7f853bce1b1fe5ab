import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { OPCODE } from '../../src/adapters/kubernetes/web-socket-frames.ts';
import { serverFrame } from './server-frame.ts';

/** What goes wrong with one command. */
export interface ExecFault {
  /** The upgrade is refused with that code. */
  readonly refuse?: number;
  /** The connection ends after that many bytes of stdout. */
  readonly cutAfter?: number;
  /** It breaks off then, and what is under way is lost. */
  readonly resetAfter?: number;
  /** The command is ended by this signal after that many bytes. */
  readonly killAfter?: number;
  /** Nothing is said of how the command ended. */
  readonly withoutStatus?: boolean;
  /** Milliseconds before each piece of stdout. */
  readonly slow?: number;
  readonly before?: () => void | Promise<void>;
}

/**
 * An API server and a kubelet as far as `pcapper get` needs them: two resources, and exec of real commands over real
 * WebSockets. The Pod's files are this machine's.
 */
export class FakeCluster implements AsyncDisposable {
  /** By name. */
  readonly captures = new Map<string, unknown>();
  pods: unknown[] = [];
  /** argv of all commands. */
  readonly commands: string[][] = [];
  /** Asked for each command, `n` from 0. */
  fault: (argv: readonly string[], n: number) => ExecFault | undefined = () => undefined;
  /** The code with which everything but exec is answered. */
  refuse: number | undefined;
  /** Words of a refusal of exec. */
  refusalText: string | undefined;
  readonly #server: Server;
  readonly #children = new Set<ChildProcess>();
  readonly #sockets = new Set<Socket>();

  static async start(): Promise<FakeCluster> {
    const cluster = new FakeCluster();
    await new Promise<void>((resolve) => cluster.#server.listen(0, '127.0.0.1', resolve));
    return cluster;
  }

  private constructor() {
    this.#server = createServer((request, response) => {
      const { status, body } = this.#answer(new URL(request.url ?? '', 'http://any'));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket) => void this.#exec(request, socket));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A kubeconfig, as JSON. */
  get kubeconfig(): string {
    const name = 'test';
    return JSON.stringify({
      clusters: [{ name, cluster: { server: this.url } }],
      users: [{ name, user: {} }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    });
  }

  /** Commands whose processes run. */
  get running(): number {
    return this.#children.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const child of this.#children) child.kill('SIGKILL');
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #answer({ pathname, searchParams }: URL): { readonly status: number; readonly body: unknown } {
    if (this.refuse !== undefined) return refusal(this.refuse);
    if (pathname === '/api/v1/namespaces/pcapper/pods') {
      const node = searchParams.get('fieldSelector')?.replace('spec.nodeName=', '');
      const items = this.pods.filter((pod) => (pod as { spec: { nodeName: string } }).spec.nodeName === node);
      return { status: 200, body: { kind: 'PodList', metadata: { resourceVersion: '1' }, items } };
    }
    const name = /^\/apis\/pcapper\.io\/v1alpha1\/namespaces\/pcapper\/packetcaptures\/(.+)$/.exec(pathname)?.[1];
    const capture = name === undefined ? undefined : this.captures.get(name);
    return capture === undefined ? refusal(404, name) : { status: 200, body: capture };
  }

  async #exec(request: IncomingMessage, socket: Socket): Promise<void> {
    socket.on('error', () => undefined);
    // Its reader has gone.
    socket.on('end', () => socket.destroy());
    socket.resume();
    const url = new URL(request.url ?? '', 'http://any');
    const [program = '', ...argv] = url.searchParams.getAll('command');
    this.commands.push([program, ...argv]);
    const fault = this.fault([program, ...argv], this.commands.length - 1) ?? {};
    await fault.before?.();
    if (fault.refuse !== undefined) {
      const { body: status } = refusal(fault.refuse);
      const body = JSON.stringify({ ...status, message: this.refusalText ?? status.message });
      socket.end(`HTTP/1.1 ${fault.refuse} No\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
      return;
    }
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    const protocol = request.headers['sec-websocket-protocol']?.split(', ').at(-1) ?? '';
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
    );
    // As a kubelet does: an empty message on each channel first.
    for (const channel of [1, 2, 3]) socket.write(serverFrame(Buffer.from([channel])));
    socket.write(serverFrame(Buffer.from('are you there'), { opcode: OPCODE.ping }));
    await this.#run(program, argv, socket, fault);
  }

  async #run(program: string, argv: readonly string[], socket: Socket, fault: ExecFault): Promise<void> {
    const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.add(child);
    const ended = new Promise<{ code: number }>((resolve) =>
      child.on('close', (code, signal) => resolve({ code: code ?? (signal === 'SIGKILL' ? 137 : 143) })),
    );
    void ended.then(() => this.#children.delete(child));
    socket.on('close', () => child.kill('SIGKILL'));
    child.stderr.on('data', (data: Buffer) => socket.write(message(2, data)));
    let written = 0;
    for await (const data of child.stdout as AsyncIterable<Buffer>) {
      if (fault.slow !== undefined) await sleep(fault.slow);
      if (socket.destroyed) return;
      const most = Math.min(...[fault.cutAfter, fault.resetAfter, fault.killAfter].map((bytes) => bytes ?? Infinity));
      const piece = data.subarray(0, most - written);
      written += piece.length;
      // A message in two frames, with a ping between.
      if (piece.length > 1) {
        socket.write(serverFrame(Buffer.concat([Buffer.from([1]), piece.subarray(0, 1)]), { final: false }));
        socket.write(serverFrame(Buffer.from('?'), { opcode: OPCODE.ping }));
        if (!socket.write(serverFrame(piece.subarray(1), { opcode: OPCODE.continuation }))) await Promise.race([drained(socket), ended]);
      } else if (piece.length > 0) socket.write(message(1, piece));
      if (written === fault.killAfter) child.kill('SIGKILL');
      if (written === fault.cutAfter || written === fault.resetAfter) {
        if (written === fault.cutAfter) socket.end();
        else socket.resetAndDestroy();
        return;
      }
    }
    const { code } = await ended;
    const status =
      code === 0
        ? { metadata: {}, status: 'Success' }
        : {
            metadata: {},
            status: 'Failure',
            reason: 'NonZeroExitCode',
            message: `command terminated with non-zero exit code: exit status ${code}`,
            details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
          };
    if (!fault.withoutStatus) socket.write(message(3, Buffer.from(JSON.stringify(status))));
    socket.end(serverFrame(Buffer.from([0x03, 0xe8]), { opcode: OPCODE.close }));
  }
}

function message(channel: number, data: Buffer): Buffer {
  return serverFrame(Buffer.concat([Buffer.from([channel]), data]));
}

function drained(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve(undefined);
    socket.once('drain', resolve);
    socket.once('close', resolve);
  });
}

function refusal(code: number, name?: string) {
  const reason = { 403: 'Forbidden', 404: 'NotFound' }[code] ?? 'InternalError';
  return { status: code, body: { kind: 'Status', status: 'Failure', code, reason, message: `it is refused (${code})`, ...(name && { details: { name } }) } };
}
