import { describe, expect, it } from 'vitest';
import { asksForCapture, type CaptureAnnotations, captureAnnotations, observeAnnotations, podOfRequest } from '../../../src/api/annotations/index.ts';
import { checkRequest } from '../../../src/core/check-request.ts';

const pod = (annotations: CaptureAnnotations, changes: object = {}) => ({ namespace: 'shop', name: 'web-0', uid: 'pod-1', annotations, ...changes });

const requestOf = (annotations: CaptureAnnotations, changes: object = {}) => {
  const { demand } = observeAnnotations(pod(annotations, changes));
  if (!demand.valid) throw demand.error;
  checkRequest(demand.request);
  return demand.request;
};

const refusalOf = (annotations: Readonly<Record<string, string>>) => {
  const { demand } = observeAnnotations(pod(annotations));
  if (demand.valid) throw new Error('it is valid');
  expect(demand.target).toMatchObject({ kind: 'pod', namespace: 'shop', name: 'web-0', uid: 'pod-1' });
  return `${demand.error.code}: ${demand.error.message}`;
};

describe('annotations about captures', () => {
  it('are told from others', () => {
    expect(captureAnnotations()).toBeUndefined();
    expect(captureAnnotations({ 'kubernetes.io/config.hash': 'x', 'tcpdump.antrea.io/x': '5' })).toBeUndefined();
    expect(captureAnnotations({ other: 'x', 'tcpdump.antrea.io': '5', 'pcapper.io/filter': '' })).toEqual({ 'tcpdump.antrea.io': '5', 'pcapper.io/filter': '' });
  });

  it('are kept only as far as a filter may go', () => {
    expect(captureAnnotations({ 'pcapper.io/filter': 'x'.repeat(200_000) })?.['pcapper.io/filter']).toHaveLength(4097);
  });

  it('ask for a capture by one of two keys', () => {
    expect(asksForCapture({ 'tcpdump.antrea.io': '' })).toBe(true);
    expect(asksForCapture({ 'pcapper.io/capture': 'nonsense' })).toBe(true);
    expect(asksForCapture({ 'pcapper.io/filter': 'icmp' })).toBe(false);
  });

  it('tcpdump.antrea.io asks for a ring of files of a megabyte, on any device, without a time limit', () => {
    expect(requestOf({ 'tcpdump.antrea.io': '5' })).toEqual({
      uid: expect.stringMatching(/^pod-1\.[0-9a-f]{16}$/) as string,
      name: 'shop.web-0',
      fileNames: ['capture-web-0', 'capture-web-0_shop'],
      slot: 'pod-1',
      target: { kind: 'pod', namespace: 'shop', name: 'web-0', uid: 'pod-1', interface: 'any' },
      limits: { maxFileSize: 1_000_000, fileCount: 5, snapLength: 262_144 },
    });
  });

  it('pcapper.io/capture asks for the same, with what is beside it', () => {
    expect(requestOf({ 'pcapper.io/capture': '1000', 'pcapper.io/filter': ' tcp port 443 ', 'pcapper.io/seconds': '604800', 'pcapper.io/interface': 'eth0' })).toMatchObject({
      filter: 'tcp port 443',
      target: { interface: 'eth0' },
      limits: { seconds: 604_800, fileCount: 1000 },
    });
    expect(requestOf({ 'pcapper.io/capture': '2', 'pcapper.io/filter': ' ' })).not.toHaveProperty('filter');
  });

  it('warn of a ring of one', () => {
    const warned = (annotations: CaptureAnnotations) => {
      const { demand } = observeAnnotations(pod(annotations));
      return demand.valid ? demand.warnings : undefined;
    };
    expect(warned({ 'tcpdump.antrea.io': '1' })).toEqual([expect.stringMatching(/^tcpdump\.antrea\.io is 1: each wrap starts empty/)]);
    expect(warned({ 'pcapper.io/capture': '1' })).toEqual([expect.stringMatching(/^pcapper\.io\/capture is 1: each wrap starts empty/)]);
    expect(warned({ 'pcapper.io/capture': '2' })).toEqual([]);
  });

  it.each(['0', '-1', '1e3', 'five', '1000000000', '1001', '', ' 5', '5 ', '+5', '5.0', '0x5', '５', '99999999999999999999', '5\n'])('refuse %j files', (given) => {
    for (const key of ['tcpdump.antrea.io', 'pcapper.io/capture']) {
      expect(refusalOf({ [key]: given })).toBe(
        `RequestInvalid: ${key} must be a whole number from 1 to 1000; it is ${JSON.stringify(given)}. ` +
          'Correct that with kubectl -n shop annotate --overwrite pod web-0 KEY=VALUE, or KEY- to remove one; a capture that runs goes on as it was.',
      );
    }
  });

  it.each<[string, string, string]>([
    ['pcapper.io/seconds', '0', 'pcapper.io/seconds must be a whole number of seconds from 1 to 604800 (7 days); it is "0".'],
    ['pcapper.io/seconds', '604801', 'pcapper.io/seconds must be'],
    ['pcapper.io/seconds', '', 'pcapper.io/seconds must be'],
    ['pcapper.io/interface', '-i', 'pcapper.io/interface must be the name of a Linux network interface'],
    ['pcapper.io/interface', '', 'pcapper.io/interface must be'],
    ['pcapper.io/interface', '1', 'pcapper.io/interface must name a network device'],
    ['pcapper.io/interface', 'nflog', 'pcapper.io/interface must name a network device'],
    ['pcapper.io/interface', '../eth0', 'pcapper.io/interface must be'],
    ['pcapper.io/filter', 'icmp\u0000', 'pcapper.io/filter must not hold control characters'],
    ['pcapper.io/filter', 'x'.repeat(5000), 'pcapper.io/filter must have at most 4096 bytes'],
    ['pcapper.io/filter', 'host example.com', 'FilterHostName'],
  ])('refuse %s %j', (key, given, says) => {
    expect(refusalOf({ 'pcapper.io/capture': '2', [key]: given })).toContain(says);
  });

  it('tell everything that is wrong at once', () => {
    expect(refusalOf({ 'pcapper.io/capture': '0', 'pcapper.io/seconds': 'x' })).toMatch(/pcapper\.io\/capture must .* it is "0"\. pcapper\.io\/seconds must .* it is "x"\. Correct/);
  });

  it('refuse both keys, and those that need another', () => {
    expect(refusalOf({ 'tcpdump.antrea.io': '5', 'pcapper.io/capture': '5' })).toContain('tcpdump.antrea.io and pcapper.io/capture are both set; one of them asks for a capture.');
    expect(refusalOf({ 'pcapper.io/filter': 'icmp' })).toContain('pcapper.io/filter needs pcapper.io/capture beside it: it is not set, so nothing is captured.');
    expect(refusalOf({ 'tcpdump.antrea.io': '5', 'pcapper.io/seconds': '5' })).toContain('pcapper.io/seconds needs pcapper.io/capture beside it: tcpdump.antrea.io captures everything.');
  });

  it('are another request for another Pod, key or value, and the same for the same', () => {
    const uidOf = (annotations: CaptureAnnotations, uid = 'pod-1') => observeAnnotations(pod(annotations, { uid })).uid;
    expect(uidOf({ 'pcapper.io/capture': '2', 'pcapper.io/seconds': '5' })).toBe(uidOf({ 'pcapper.io/seconds': '5', 'pcapper.io/capture': '2' }));
    const others = [
      uidOf({ 'tcpdump.antrea.io': '2' }),
      uidOf({ 'tcpdump.antrea.io': '3' }),
      uidOf({ 'tcpdump.antrea.io': '2' }, 'pod-2'),
      uidOf({ 'pcapper.io/capture': '2' }),
      uidOf({ 'pcapper.io/capture': '2', 'pcapper.io/filter': '' }),
      uidOf({ 'pcapper.io/capture': '2', 'pcapper.io/seconds': '5' }),
      uidOf({ 'pcapper.io/capture': 'nonsense' }),
    ];
    expect(new Set(others).size).toBe(others.length);
  });

  it('name their Pod, also one with dots', () => {
    const request = requestOf({ 'tcpdump.antrea.io': '2' }, { name: 'web.v1.example' });
    expect(podOfRequest(request)).toEqual({ namespace: 'shop', name: 'web.v1.example', uid: 'pod-1' });
  });

  it('ask for no file name that could be one of a later segment', () => {
    expect(requestOf({ 'tcpdump.antrea.io': '2' }, { name: 'web.1700000000' }).fileNames).toEqual(['capture-web.1700000000_shop']);
  });
});
