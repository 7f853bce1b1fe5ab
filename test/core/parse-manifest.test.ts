import { describe, expect, it } from 'vitest';
import type { CaptureManifest } from '../../src/core/capture-manifest.ts';
import { parseManifest } from '../../src/core/parse-manifest.ts';
import { askedManifest, closed, manifestOf } from '../adapters/disk/manifests.ts';

const open = manifestOf('n1.example', 'web.1', 1_700_000_000);

function parseChanged(path: string, value: unknown, manifest: CaptureManifest = closed(open)): unknown {
  const copy = JSON.parse(JSON.stringify(manifest)) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, copy);
  parent[last] = value;
  return parseManifest(JSON.parse(JSON.stringify(copy)));
}

describe('parseManifest', () => {
  it('gives back what was written, whole', () => {
    const nodeTarget = { kind: 'node', node: 'n1.example', interface: 'eth0' } as const;
    const minimal = manifestOf('n1.example', 'web.1', 1, {
      request: { uid: 'u', name: 'web.1', target: nodeTarget, limits: { maxFileSize: 1_000_000, fileCount: 1, snapLength: 1 } },
      target: nodeTarget,
      segments: [],
    });
    const podOfUid = { kind: 'pod', namespace: 'shop', name: 'web-1', uid: 'pod-uid' } as const;
    const bound = manifestOf('n1.example', 'web.1', 1, { request: { ...open.request, target: podOfUid } });
    for (const manifest of [open, closed(open), minimal, bound]) expect(parseManifest(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest);
  });

  it('gives back one that has a name it asked for, with the times of later segments', () => {
    const asked = askedManifest('n1', 'capture-web_shop');
    const [first] = asked.segments;
    if (!first) throw new Error('no segment');
    const later = { ...asked, segments: [first, { ...first, file: 'capture-web_shop.1700000000.pcap' }] };
    for (const manifest of [asked, closed(asked), later]) expect(parseManifest(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest);
    // None was free.
    const fallback = manifestOf('n1', 'shop.web', 1, { request: asked.request });
    expect(parseManifest(JSON.parse(JSON.stringify(fallback)))).toEqual(fallback);
  });

  it.each<[string, unknown]>([
    ['id', 'capture-other'],
    ['id', 'capture-web.1700000000'],
    ['id', '../capture-web'],
    ['request.fileNames', ['capture-other']],
    ['request.fileNames', ['../capture-web']],
    ['request.fileNames', 'capture-web'],
    ['request.slot', 5],
    ['segments.0.file', 'capture-web_shop.pcap'],
    ['segments.0.file', 'capture-web.5.pcap'],
    ['segments.0.file', 'n1.shop.web.1.pcap'],
    ['segments.0.file', 'capture-web.1700000000/../../x.pcap'],
  ])('refuses a name that was not asked for: %s %j', (path, value) => {
    expect(() => parseChanged(path, value, askedManifest('n1', 'capture-web'))).toThrow();
  });

  it('drops what it does not know', () => {
    expect(parseChanged('more', { than: 'known' })).toEqual(closed(open));
  });

  it.each([null, 5, 'x', [], {}, undefined])('refuses %j', (given) => {
    expect(() => parseManifest(given)).toThrow();
  });

  it.each<[string, unknown, string]>([
    ['schemaVersion', 2, 'schemaVersion: expected 1, got 2'],
    ['id', 'n1.example.web.1.x', 'is not a file name of this capture'],
    ['id', '../n1.example.web.1.5', 'is not a file name of this capture'],
    ['node', 'n2', 'is not a file name of this capture'],
    ['node', 7, 'node: expected a string'],
    ['source', undefined, 'source: expected a string'],
    ['request.limits.maxFileSize', 0, 'limits.maxFileSize is "0"'],
    ['request.limits.fileCount', 100_000, 'limits.fileCount is "100000"'],
    ['segments', [open.segments[0], open.segments[0]], 'two of them have the same file'],
    ['gaps', [{ from: 1, to: 1e300, reason: 'spoiled' }], 'gaps[0].to: expected a time'],
    ['state.result.completionTime', 1e300, 'state.result.completionTime: expected a time'],
    ['retainFiles', 'yes', 'retainFiles: expected true or false'],
    ['request.name', 'other', 'is not a file name of this capture'],
    ['request.uid', undefined, 'request.uid: expected a string'],
    ['request.filter', 5, 'request.filter: expected a string'],
    ['request.target.kind', 'cluster', 'request.target.kind: expected pod or node'],
    ['request.target.uid', 5, 'request.target.uid: expected a string'],
    ['request.limits.maxFileSize', -1, 'request.limits.maxFileSize: expected a whole number'],
    ['request.limits.fileCount', 1.5, 'request.limits.fileCount: expected a whole number'],
    ['request.limits.seconds', 'soon', 'request.limits.seconds: expected a number'],
    ['request.limits.maxPackets', null, 'request.limits.maxPackets: expected a whole number'],
    ['target.uid', undefined, 'target.uid: expected a string'],
    ['target.hostNetwork', 0, 'target.hostNetwork: expected true or false'],
    ['segments', {}, 'segments: expected a list'],
    ['segments.0.file', '/etc/passwd', 'segments[0].file: expected a name ending in .pcap'],
    ['segments.0.file', '../n1.example.web.1.5.pcap', 'is not a file name of this capture'],
    ['segments.0.file', 'n1.example.web.2.5.pcap', 'is not a file name of this capture'],
    ['segments.0.process.pid', 1, 'segments[0].process.pid: expected a process'],
    ['segments.0.process.pid', 0, 'segments[0].process.pid: expected a process'],
    ['segments.0.process.pid', -5, 'segments[0].process.pid: expected a whole number'],
    ['segments.0.started.at', null, 'segments[0].started.at: expected a number'],
    ['segments.0.end.counters.captured', '3', 'segments[0].end.counters.captured: expected a whole number'],
    ['gaps.0.reason', undefined, 'gaps[0].reason: expected a string'],
    ['state', 'open', 'state: expected an object'],
    ['state.kind', 'ajar', 'state.kind: expected open or closed'],
    ['state.reported', undefined, 'state.reported: expected true or false'],
    ['state.result.progress', 'running', 'state.result.progress: expected finished or failure'],
    ['state.result.reason', 'DiskFilled', 'state.result.reason: expected TimeLimit or '],
    ['state.result.files.0.bytes', -1, 'state.result.files[0].bytes: expected a whole number'],
    ['state.result.completionTime', undefined, 'state.result.completionTime: expected a number'],
  ])('refuses %s = %j', (path, value, message) => {
    expect(() => parseChanged(path, value)).toThrow(message);
  });
});
