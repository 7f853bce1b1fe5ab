import { describe, expect, it } from 'vitest';
import { dispatcherOf, observePacketCapture, packetCaptureWarnings, parsePacketCapture } from '../../../src/api/v1alpha1/index.ts';
import { CaptureError, RequestInvalidError } from '../../../src/core/errors/index.ts';
import { checkRequest } from '../../../src/core/check-request.ts';
import { badCaptures, goodCaptures, mistypedCaptures } from './packet-capture-cases.ts';

const metadata = { name: 'c1', uid: '6f1c0a3e-0000-4000-8000-000000000001' };
const pod = { targetNamespace: 'shop', targetPod: 'web-1' };

describe('a PacketCapture', () => {
  it('becomes a request with defaults and units resolved', () => {
    expect(parsePacketCapture({ metadata, spec: pod })).toEqual({
      valid: true,
      request: {
        uid: metadata.uid,
        name: 'c1',
        target: { kind: 'pod', namespace: 'shop', name: 'web-1' },
        limits: { seconds: 600, maxFileSize: 100_000_000, fileCount: 10, snapLength: 262_144 },
      },
    });
  });

  it('becomes a request for one Pod and no other one of its name', () => {
    const demand = parsePacketCapture({ metadata, spec: { ...pod, targetPodUID: 'a1b2', targetInterface: 'net1' } });
    expect(demand).toMatchObject({ valid: true, request: { target: { kind: 'pod', namespace: 'shop', name: 'web-1', uid: 'a1b2', interface: 'net1' } } });
  });

  it('becomes a request from strings, with its size rounded down', () => {
    const spec = {
      targetNode: 'n1',
      targetInterface: 'any',
      captureSeconds: '30',
      captureFilter: ' tcp port 443\n',
      maxFileSize: '1.5Mi',
      fileCount: '2',
      maxPackets: '9',
      snapLength: '96',
    };
    expect(parsePacketCapture({ metadata, spec })).toEqual({
      valid: true,
      request: {
        uid: metadata.uid,
        name: 'c1',
        target: { kind: 'node', node: 'n1', interface: 'any' },
        filter: 'tcp port 443',
        limits: { seconds: 30, maxFileSize: 1_000_000, fileCount: 2, maxPackets: 9, snapLength: 96 },
      },
    });
  });

  it.each(goodCaptures)('is taken by the engine: $name', ({ spec }) => {
    const demand = parsePacketCapture({ metadata, spec });
    if (!demand.valid) throw demand.error;
    checkRequest(demand.request);
  });

  it.each([...badCaptures, ...mistypedCaptures])('is refused: $name', ({ spec }) => {
    const demand = parsePacketCapture({ metadata, spec });
    expect(demand.valid).toBe(false);
    expect(demand).toMatchObject({ error: expect.any(RequestInvalidError) as unknown });
  });

  it('is refused with everything that is wrong, what was given, and what to do', () => {
    const demand = parsePacketCapture({ metadata, spec: { ...pod, captureSeconds: '10m', fileCount: 0 } });
    expect(demand).toMatchObject({
      valid: false,
      target: { kind: 'pod', namespace: 'shop', name: 'web-1' },
      error: {
        message:
          'captureSeconds must be a whole number of seconds from 1 to 604800 (7 days); it is "10m". ' +
          'fileCount must be a whole number from 1 to 1000; it is "0". ' +
          'Delete the PacketCapture and create it again with that corrected.',
      },
    });
  });

  it.each([
    ['a Pod with a bad interface', { ...pod, targetInterface: '1' }, { kind: 'pod', namespace: 'shop', name: 'web-1' }],
    ['a Pod with a good one', { ...pod, targetInterface: 'net1', fileCount: 0 }, { kind: 'pod', namespace: 'shop', name: 'web-1', interface: 'net1' }],
    ['a Pod of one uid', { ...pod, targetPodUID: 'u', fileCount: 0 }, { kind: 'pod', namespace: 'shop', name: 'web-1', uid: 'u' }],
    ['a Pod with a bad uid', { ...pod, targetPodUID: '-' }, { kind: 'pod', namespace: 'shop', name: 'web-1' }],
    ['a node without an interface', { targetNode: 'n1' }, { kind: 'node', node: 'n1', interface: 'any' }],
    ['two targets', { ...pod, targetNode: 'n1', targetInterface: 'eth0' }, undefined],
    ['a Pod of a namespace that none can be', { ...pod, targetNamespace: 'a.b' }, undefined],
    ['a Pod that is none', { targetNamespace: 'shop', targetPod: '../x' }, undefined],
    ['nothing', {}, undefined],
  ])('that is invalid still names the node that is to say so: %s', (_, spec, target) => {
    const demand = parsePacketCapture({ metadata, spec });
    expect(demand.valid).toBe(false);
    expect('target' in demand ? demand.target : undefined).toEqual(target);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'x'],
    ['a number', 7],
    ['a list', [[]]],
    ['no metadata', { spec: pod }],
    ['a name with a path', { metadata: { ...metadata, name: '../../etc' }, spec: pod }],
    ['a name of another type', { metadata: { ...metadata, name: { toString: 'x' } }, spec: pod }],
    ['no uid', { metadata: { name: 'c1' }, spec: pod }],
    ['a uid with a path', { metadata: { ...metadata, uid: '../x' }, spec: pod }],
    ['a prototype for a spec', JSON.parse(`{"metadata":${JSON.stringify(metadata)},"__proto__":{"spec":{"targetNamespace":"a","targetPod":"b"}}}`)],
    ['a spec of prototypes', JSON.parse(`{"metadata":${JSON.stringify(metadata)},"spec":{"__proto__":{"targetNamespace":"a","targetPod":"b"}}}`)],
  ])('of a hostile shape is refused, not thrown at: %s', (_, object: unknown) => {
    const demand = parsePacketCapture(object);
    expect(demand.valid).toBe(false);
    if (!demand.valid) expect(CaptureError.is(demand.error)).toBe(true);
  });

  it('does not let what was given disguise itself or fill the status', () => {
    const demand = parsePacketCapture({ metadata, spec: { ...pod, captureFilter: `\u202e\x1b[2J${'x'.repeat(1_000_000)}` } });
    if (demand.valid) throw new Error('taken');
    expect(demand.error.message).not.toMatch(/[\x00-\x1f\u202e]/);
    expect(demand.error.message.length).toBeLessThan(2000);
  });
});

describe('what a PacketCapture says of itself', () => {
  it('is observed', () => {
    const object = { metadata, spec: { ...pod, stop: true, retainFiles: true }, status: { progress: 'running', node: 'n1', dispatcher: 'Job' } };
    expect(observePacketCapture(object)).toMatchObject({
      uid: metadata.uid,
      name: 'c1',
      demand: { valid: true },
      recorded: { progress: 'running', node: 'n1' },
      stop: true,
      retainFiles: true,
    });
    expect(dispatcherOf(object)).toBe('Job');
  });

  it('is nothing where nothing is said, or nonsense', () => {
    for (const status of [undefined, {}, null, 'x', { progress: 'done', node: '', dispatcher: 'me' }, { progress: 1, node: [] }]) {
      const object = { metadata, spec: { ...pod, stop: 'true' }, status };
      expect(observePacketCapture(object)).toMatchObject({ recorded: {}, stop: false, retainFiles: false });
      expect(observePacketCapture(object)?.recorded).toEqual({});
      expect(dispatcherOf(object)).toBeUndefined();
    }
    expect(observePacketCapture({ spec: pod })).toBeUndefined();
  });
});

describe('warnings', () => {
  it('tell of a ring of one', () => {
    expect(packetCaptureWarnings({ metadata, spec: { ...pod, fileCount: '1' } })).toEqual([
      'fileCount is 1: each wrap starts empty, so everything before it is lost. Use 2 or more to keep the newest packets.',
    ]);
  });

  it('tell of a size that is rounded', () => {
    expect(packetCaptureWarnings({ metadata, spec: { ...pod, maxFileSize: '1.5Mi' } })).toEqual([
      'maxFileSize "1.5Mi" is rounded down to 1M: tcpdump takes whole 1000000 bytes.',
    ]);
  });

  it('are few', () => {
    expect(packetCaptureWarnings({ metadata, spec: { ...pod, maxFileSize: '1G', fileCount: 2 } })).toEqual([]);
    expect(packetCaptureWarnings({ metadata, spec: { ...pod, fileCount: 0 } })).toEqual([]);
  });
});
