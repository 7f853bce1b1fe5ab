import { describe, expect, it } from 'vitest';
import { formatOrder, type OneShotOrder, parseOrder } from '../../../src/api/one-shot/capture-order.ts';
import { DEFAULT_LIMITS } from '../../../src/core/capture-request.ts';

const pod = { kind: 'pod', namespace: 'shop', name: 'web-1', uid: 'pod-uid', cgroupUid: 'pod-uid', hostNetwork: false } as const;
const order: OneShotOrder = {
  request: { uid: 'uid-1', name: 'web', createdAt: 1_700_000_000_000, target: { kind: 'pod', namespace: 'shop', name: 'web-1' }, filter: 'tcp port 80 # "ä" $(id)', limits: { ...DEFAULT_LIMITS, maxPackets: 5 } },
  target: pod,
};
const device = { kind: 'node', node: 'n1', interface: 'eth0' } as const;

describe('the order of a one-shot', () => {
  it('is read as it was written', () => {
    const minimal: OneShotOrder = { request: { uid: 'u', name: 'w', target: device, limits: { maxFileSize: 1_000_000, fileCount: 1, snapLength: 1 } }, target: device };
    for (const each of [order, minimal]) expect(parseOrder(formatOrder(each))).toEqual(each);
    expect(formatOrder(order)).not.toContain('\n');
  });

  it('says nothing but the request and its target, whatever else the caller has', () => {
    expect(parseOrder(formatOrder({ ...order, secret: 'x' } as OneShotOrder))).toEqual(order);
  });

  it.each<[string, unknown, string]>([
    ['text that is no JSON', undefined, 'cannot be read'],
    ['nothing', {}, 'request: expected an object'],
    ['no target', { request: order.request }, 'target: expected an object'],
    ['a Pod without a uid', { ...order, target: { ...pod, uid: undefined } }, 'target.uid: expected a string, got "nothing"'],
    ['a target of another kind', { ...order, target: { kind: 'cluster' } }, 'target.kind: expected pod or node, got "cluster"'],
    ['a name that is none of a file', { ...order, request: { ...order.request, name: '../etc' } }, 'name is "../etc". It must be a Kubernetes name'],
    ['a limit that cannot be', { ...order, request: { ...order.request, limits: { ...DEFAULT_LIMITS, fileCount: 1001 } } }, 'limits.fileCount is "1001". It must be a whole number from 1 to 1000'],
  ])('is refused: %s', (_, given, message) => {
    const text = given === undefined ? '{"request":' : JSON.stringify(given);
    expect(() => parseOrder(text)).toThrow(expect.objectContaining({ code: 'RequestInvalid', message: expect.stringContaining(message) as string }));
  });
});
