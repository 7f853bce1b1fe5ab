import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { encodeMessage, ProtoMessage } from '../../../src/adapters/cri/proto-message.ts';
import { framed } from '../../../src/adapters/cri/grpc-call.ts';

/** Answers a call with a message, a status of gRPC, or by doing as it likes with the stream. */
export type RuntimeAnswer = (method: string, request: ProtoMessage, stream: ServerHttp2Stream) => Uint8Array | { readonly status: number; readonly message: string } | undefined;

/** A container runtime that answers on a socket as a test says. */
export class ScriptedRuntime implements AsyncDisposable {
  readonly socket: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'pcapper-cri-'));
  readonly #server: Http2Server = createServer();
  readonly #streams = new Set<ServerHttp2Stream>();

  static async start(answer: RuntimeAnswer): Promise<ScriptedRuntime> {
    const runtime = new ScriptedRuntime(answer);
    runtime.#server.listen(runtime.socket);
    await once(runtime.#server, 'listening');
    return runtime;
  }

  private constructor(answer: RuntimeAnswer) {
    this.socket = join(this.#folder, 'runtime.sock');
    this.#server.on('stream', (stream, headers) => {
      this.#streams.add(stream);
      stream.on('error', () => undefined);
      void (async () => {
        const body = await buffer(stream);
        const answered = answer(String(headers[':path']).split('/').at(-1) ?? '', new ProtoMessage(body.subarray(5)), stream);
        if (answered === undefined) return;
        if (!(answered instanceof Uint8Array)) {
          stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(answered.status), 'grpc-message': encodeURIComponent(answered.message) }, { endStream: true });
          return;
        }
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.end(framed(answered));
      })();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const stream of this.#streams) stream.session?.destroy();
    await closed;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A sandbox, as a runtime knows it. */
export interface ScriptedSandbox {
  readonly id: string;
  readonly uid: string;
  readonly pid?: number;
  readonly isReady?: boolean;
  /** It was created after the others. */
  readonly isNewest?: boolean;
}

/** Answers as a runtime with these sandboxes does. */
export function withSandboxes(sandboxes: () => readonly ScriptedSandbox[]): RuntimeAnswer {
  return (method, request) => {
    const notReady = (sandbox: ScriptedSandbox) => (sandbox.isReady === false ? { 3: true } : {});
    if (method === 'ListPodSandbox') {
      const asked = request.message(1).message(3).text(2);
      const items = sandboxes().filter(({ uid }) => uid === asked);
      return Buffer.concat(items.map((item) => encodeMessage({ 1: encodeMessage({ 1: item.id, 2: encodeMessage({ 2: item.uid }), ...notReady(item), ...(item.isNewest && { 4: true }) }) })));
    }
    const found = sandboxes().find(({ id }) => id === request.text(1));
    if (found === undefined) return { status: 5, message: 'an error occurred when try to find sandbox: not found' };
    const info = encodeMessage({ 1: 'info', 2: JSON.stringify({ pid: found.pid ?? 0, processStatus: 'running' }) });
    return encodeMessage({ 1: encodeMessage({ 1: found.id, ...notReady(found) }), 2: info });
  };
}
