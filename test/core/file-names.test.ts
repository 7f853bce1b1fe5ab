import { describe, expect, it } from 'vitest';
import { captureFileBase, isCaptureFileBase, segmentOfFile } from '../../src/core/file-names.ts';

describe('captureFileBase', () => {
  it('joins node, name and whole seconds', () => {
    expect(captureFileBase('n1.example', 'web.1', 1_700_000_000.9)).toBe('n1.example.web.1.1700000000');
  });

  it('takes names as long as every file of the capture still has at most 255 bytes', () => {
    const room = 255 - 'n..1700000000.json.unreadable-9'.length;
    expect(captureFileBase('n', 'a'.repeat(room), 1_700_000_000)).toHaveLength(255 - '.json.unreadable-9'.length);
    expect(() => captureFileBase('n', 'a'.repeat(room + 1), 1_700_000_000)).toThrow(expect.objectContaining({ code: 'FileNameTooLong' }));
    expect(() => captureFileBase('n', 'a'.repeat(300), 1)).toThrow(expect.objectContaining({ code: 'FileNameTooLong' }));
  });

  it.each(['', '..', 'a..b', '../etc', 'a/b', 'a%b', 'ä', '-a', 'a-', '.a', 'a\n', 'a b', 'a\0', '/'.repeat(300)])('refuses the name %j', (name) => {
    expect(() => captureFileBase('n', name, 1)).toThrow(expect.objectContaining({ code: 'RequestInvalid' }));
    expect(() => captureFileBase(name, 'n', 1)).toThrow(expect.objectContaining({ code: 'RequestInvalid' }));
  });
});

describe('isCaptureFileBase', () => {
  it('holds for what captureFileBase gives, and for nothing else', () => {
    expect(isCaptureFileBase(captureFileBase('n.1', 'a.b', 5), 'n.1', 'a.b')).toBe(true);
    expect(isCaptureFileBase('n.a.5', 'n', 'b')).toBe(false);
    expect(isCaptureFileBase('n.a.x', 'n', 'a')).toBe(false);
    expect(isCaptureFileBase('n.a.', 'n', 'a')).toBe(false);
    expect(isCaptureFileBase('n.a.5/../6', 'n', 'a')).toBe(false);
    expect(isCaptureFileBase('../a.5', '..', 'a')).toBe(false);
  });
});

describe('segmentOfFile', () => {
  it('strips the suffix of a ring', () => {
    expect(segmentOfFile('n.a.5.pcap')).toBe('n.a.5.pcap');
    expect(segmentOfFile('n.a.5.pcap007')).toBe('n.a.5.pcap');
  });

  it('knows no other file', () => {
    for (const name of ['n.a.5.json', '.pcap', 'n.a.5.pcap.gz', 'n.a.5.pcap1x', 'n.a.5.pcap-1', 'n.a.5.pcap1234567890']) {
      expect(segmentOfFile(name)).toBeUndefined();
    }
  });
});
