import type { ServerHttp2Stream } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { CriSandboxes } from '../../../src/adapters/cri/cri-sandboxes.ts';
import { encodeMessage, ProtoMessage } from '../../../src/adapters/cri/proto-message.ts';
import { PodNotKnownError, RuntimeNotReachedError } from '../../../src/core/errors/index.ts';
import { claimed } from '../../strategies/interface/claimed.ts';
import { RECORDED } from './recorded-answers.ts';
import { ScriptedRuntime, withSandboxes } from './scripted-runtime.ts';

const pod = claimed({ namespace: 'shop', name: 'web-1', uid: RECORDED.uid });

describe('sandboxes of a container runtime', () => {
  it('are those that a real containerd told of', async () => {
    const asked: string[] = [];
    await using runtime = await ScriptedRuntime.start((method) => {
      asked.push(method);
      return method === 'ListPodSandbox' ? RECORDED.list : RECORDED.status;
    });
    const cri = new CriSandboxes({ socket: runtime.socket });
    expect(await cri.of(pod)).toEqual([RECORDED.sandbox]);
    expect(await cri.pid(RECORDED.sandbox)).toBe(RECORDED.pid);
    expect(asked).toEqual(['ListPodSandbox', 'PodSandboxStatus']);
  });

  it('are asked for by the uid of the Pod, and checked by it', async () => {
    await using runtime = await ScriptedRuntime.start((method, request) => {
      const filter = request.message(1).message(3);
      return filter.text(1) === 'io.kubernetes.pod.uid' && filter.text(2) === 'config-hash' ? encodeMessage({ 1: encodeMessage({ 1: 'x', 2: encodeMessage({ 2: 'another' }) }) }) : { status: 13, message: method };
    });
    await expect(new CriSandboxes({ socket: runtime.socket }).of({ ...pod, cgroupUid: 'config-hash' })).rejects.toThrow(PodNotKnownError);
  });

  it('are the ready ones only, the newest first', async () => {
    const known = [{ id: 'old', uid: pod.uid, isReady: false, pid: 7 }, { id: 'dropped', uid: pod.uid }, { id: 'new', uid: pod.uid, pid: 8, isNewest: true }];
    await using runtime = await ScriptedRuntime.start(withSandboxes(() => known));
    const cri = new CriSandboxes({ socket: runtime.socket });
    expect(await cri.of(pod)).toEqual(['new', 'dropped']);
    expect(await Promise.all(['old', 'new', 'dropped', 'unknown'].map((id) => cri.pid(id)))).toEqual([undefined, 8, undefined, undefined]);
    await expect(cri.of({ ...pod, cgroupUid: 'another' })).rejects.toThrow(PodNotKnownError);
  });

  it('are not told where the socket is missing, with what to do', async () => {
    const error = await new CriSandboxes({ socket: '/nonexistent/runtime.sock' }).of(pod).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RuntimeNotReachedError);
    expect(String(error)).toMatch(/\/nonexistent\/runtime\.sock.*ENOENT.*Mount the socket/);
  });

  it('are not told by what does not keep to gRPC, does not answer in time, or refuses', async () => {
    const refusals: [answer: Parameters<typeof ScriptedRuntime.start>[0], said: RegExp][] = [
      [() => ({ status: 12, message: 'unknown service runtime.v1.RuntimeService' }), /gRPC status 12 unknown service/],
      [(_, __, stream) => { stream.close(); return undefined; }, /./],
      [(_, __, stream) => { stream.session?.destroy(); return undefined; }, /closed before an answer/],
      [(_, __, stream) => { refuse(stream, '13', 'caf%C3%A9 %ff 100%'); return undefined; }, /gRPC status 13 café \uFFFD 100%/],
      [() => encodeMessage({ 1: encodeMessage({ 1: 'x' }), 2: encodeMessage({ 1: 'info', 2: '{' }) }), /JSON/],
      [() => undefined, /no answer within 0.3 s/],
      [() => Uint8Array.of(0x0a, 0x7f), /cut off/],
      [(_, __, stream) => { stream.respond({ ':status': 404 }, { endStream: true }); return undefined; }, /HTTP 404/],
      [(_, __, stream) => { stream.respond({ ':status': 200 }); stream.end('hello'); return undefined; }, /gRPC status/],
    ];
    for (const [answer, said] of refusals) {
      await using runtime = await ScriptedRuntime.start(answer);
      const error = await new CriSandboxes({ socket: runtime.socket, timeout: 300 }).pid('x').catch((e: unknown) => e);
      expect(error).toBeInstanceOf(RuntimeNotReachedError);
      expect(String(error)).toMatch(said);
    }
  });

  it('are gone whatever words say so, and have no process where the runtime tells of none', async () => {
    const info = (text: string) => encodeMessage({ 1: encodeMessage({ 1: 'x' }), 2: encodeMessage({ 1: 'info', 2: text }) });
    const answers: Parameters<typeof ScriptedRuntime.start>[0][] = [
      (_, __, stream) => { refuse(stream, '5', '100% gone %ff'); return undefined; },
      ...['null', '[]', '7', '{"pid":-1}', '{"pid":"1"}', '{"pid":1.5}', '{"__proto__":{"pid":1}}'].map((text) => () => info(text)),
    ];
    for (const answer of answers) {
      await using runtime = await ScriptedRuntime.start(answer);
      expect(await new CriSandboxes({ socket: runtime.socket }).pid('x')).toBeUndefined();
    }
  });

  it('are not asked for by someone who has given up, before or meanwhile', async () => {
    const abort = new AbortController();
    await using runtime = await ScriptedRuntime.start(() => {
      abort.abort(new Error('given up'));
      return undefined;
    });
    const cri = new CriSandboxes({ socket: runtime.socket });
    await expect(cri.pid('x', AbortSignal.abort(new Error('given up before')))).rejects.toThrow('given up before');
    await expect(cri.pid('x', abort.signal)).rejects.toThrow('given up');
  });
});

describe('a message of Protocol Buffers', () => {
  it('is what it was written as, at any length', () => {
    const long = 'é'.repeat(70_000);
    const read = new ProtoMessage(encodeMessage({ 1: 'a', 2: true, 3: encodeMessage({ 1: long }), 4: '' }));
    expect([read.text(1), read.integer(2), read.message(3).text(1), read.text(4), read.text(9), read.messages(9)]).toEqual(['a', 1n, long, '', '', []]);
  });

  it('is refused where it has more fields than any runtime tells of, before they take time and memory', () => {
    const fields = (count: number) => new ProtoMessage(Buffer.alloc(2 * count, Uint8Array.of(0x0a, 0)));
    expect(fields(10_000).messages(1)).toHaveLength(10_000);
    expect(() => fields(10_001)).toThrow('more than 10000 fields');
  });

  it('is refused where it is cut off or has no wire type that there is', () => {
    expect(() => new ProtoMessage(Uint8Array.of(0x0a, 5, 1))).toThrow('cut off');
    expect(() => new ProtoMessage(Uint8Array.of(0x0b))).toThrow('wire type 3');
    expect(() => new ProtoMessage(new Uint8Array(12).fill(0xff))).toThrow('10 bytes');
  });
});

/** As a runtime that does not encode its words as gRPC has it. */
function refuse(stream: ServerHttp2Stream, status: string, message: string): void {
  stream.respond({ ':status': 200, 'grpc-status': status, 'grpc-message': message }, { endStream: true });
}
