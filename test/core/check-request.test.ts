import { describe, expect, it } from 'vitest';
import type { CaptureRequest } from '../../src/core/capture-request.ts';
import { checkRequest } from '../../src/core/check-request.ts';

const target = { kind: 'pod', namespace: 'shop', name: 'web-1' } as const;
const limits = { seconds: 60, maxFileSize: 1_000_000, fileCount: 2, snapLength: 262_144 };
const request: CaptureRequest = { uid: 'c0ffee-1', name: 'web.1', target, limits };

/** What a caller without types may hand in. */
const given = (changes: object): CaptureRequest => ({ ...request, ...changes });
const limited = (changes: object): CaptureRequest => given({ limits: { ...limits, ...changes } });

describe('checkRequest', () => {
  it.each([
    request,
    limited({ seconds: undefined }),
    limited({ seconds: 0.5 }),
    limited({ maxFileSize: 10_000_000_000, fileCount: 1000, maxPackets: 2 ** 31 - 1, snapLength: 1 }),
    given({ slot: 'pod-1', fileNames: ['capture-web', 'capture-web_shop'] }),
    given({ fileNames: [] }),
    limited({ seconds: 604_800 }),
    given({ uid: `a${'._-Z9'.repeat(25)}bc`, name: 'a' }),
    given({ uid: crypto.randomUUID() }),
  ])('takes %j', (valid) => {
    expect(() => checkRequest(valid)).not.toThrow();
  });

  it.each<[field: string, CaptureRequest]>([
    ['uid', given({ uid: '' })],
    ['uid', given({ uid: undefined })],
    ['uid', given({ uid: '-w' })],
    ['uid', given({ uid: 'a b' })],
    ['uid', given({ uid: 'a\n' })],
    ['uid', given({ uid: 'a'.repeat(129) })],
    ['uid', given({ uid: 'disk-latency/42' })],
    ['uid', given({ uid: 'a:b' })],
    ['name', given({ name: undefined })],
    ['name', given({ name: 'web%d' })],
    ['name', given({ name: 'ｗeb' })],
    ['name', given({ name: '-z' })],
    ['limits.seconds', limited({ seconds: 0 })],
    ['limits.seconds', limited({ seconds: -1 })],
    ['limits.seconds', limited({ seconds: Infinity })],
    ['limits.seconds', limited({ seconds: 604_801 })],
    ['limits.seconds', limited({ seconds: '60' })],
    ['limits.maxFileSize', limited({ maxFileSize: 999_999 })],
    ['limits.maxFileSize', limited({ maxFileSize: 1_500_000 })],
    ['limits.maxFileSize', limited({ maxFileSize: 10_001_000_000 })],
    ['limits.maxFileSize', limited({ maxFileSize: '1000000' })],
    ['limits.maxFileSize', limited({ maxFileSize: undefined })],
    ['limits.fileCount', limited({ fileCount: 0 })],
    ['limits.fileCount', limited({ fileCount: 1001 })],
    ['limits.fileCount', limited({ fileCount: '2' })],
    ['limits.maxPackets', limited({ maxPackets: 0 })],
    ['limits.maxPackets', limited({ maxPackets: 2 ** 31 })],
    ['limits.maxPackets', limited({ maxPackets: null })],
    ['limits.snapLength', limited({ snapLength: 262_145 })],
    ['limits.snapLength', limited({ snapLength: 0.5 })],
    ['filter', given({ filter: 5 })],
    ['slot', given({ slot: 5 })],
    ['fileNames', given({ fileNames: 'capture-web' })],
    ['fileNames', given({ fileNames: ['web'] })],
    ['fileNames', given({ fileNames: ['capture-web', 'capture-../web'] })],
    ['fileNames', given({ fileNames: [null] })],
  ])('refuses %s in %j', (field, invalid) => {
    expect(() => checkRequest(invalid)).toThrow(expect.objectContaining({ code: 'RequestInvalid', message: expect.stringMatching(new RegExp(`^${field} is .* It must be `)) as string }));
  });
});
