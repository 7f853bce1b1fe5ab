import { describe, expect, it } from 'vitest';
import { askedOfLaterFileBase, captureFileBase, fileBasesFor, isAskedFileBase, isCaptureFileBase, laterFileBase, segmentOfFile } from '../../src/core/file-names.ts';

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

describe('names that are asked for', () => {
  it.each(['capture-web', 'capture-web_shop', 'capture-a.b-c_d', 'capture-0', 'capture-x.pcap0', 'capture-web.json'])('can be %j', (name) => {
    expect(isAskedFileBase(name)).toBe(true);
  });

  it.each(['', 'web', 'capture-', 'capture', '.capture-web', 'capture-.', 'capture-../x', '../capture-x', 'capture-a/b', 'capture-a%b', 'capture-ä', 'capture-a\n', 'capture-A', `capture-${'a'.repeat(250)}`])(
    'cannot be %j',
    (name) => {
      expect(isAskedFileBase(name)).toBe(false);
    },
  );

  it('are never those of a later segment', () => {
    expect(laterFileBase('capture-web', 1_700_000_000.5)).toBe('capture-web.1700000000');
    expect(laterFileBase('capture-web', 5)).toBe('capture-web.0000000005');
    expect(isAskedFileBase('capture-web.1700000000')).toBe(false);
    expect(isAskedFileBase('capture-web.1700000000_shop')).toBe(true);
    expect(isAskedFileBase('capture-web.0')).toBe(true);
    expect(askedOfLaterFileBase('capture-web.1700000000')).toBe('capture-web');
    for (const base of ['capture-web', 'capture-web.5', 'capture-web.', 'capture-web.1700000000/../2', 'n1.web.1700000000', 'capture-web.1700000000.1700000000']) expect(askedOfLaterFileBase(base)).toBeUndefined();
  });

  it('are tried in their order, then those of each second', () => {
    const bases = fileBasesFor({ node: 'n1', name: 'shop.web', fileNames: ['capture-web', 'capture-web_shop'] }, 5);
    expect(Array.from({ length: 4 }, () => bases.next().value)).toEqual(['capture-web', 'capture-web_shop', 'n1.shop.web.5', 'n1.shop.web.6']);
  });

  it('are passed over where a file of the capture would have a name of more than 255 bytes', () => {
    const longest = `capture-${'a'.repeat(255 - 'capture-.1700000000.json.unreadable-9'.length)}`;
    const first = (...fileNames: string[]) => fileBasesFor({ node: 'n1', name: 'web', fileNames }, 1_700_000_000).next().value;
    expect(first(longest)).toBe(longest);
    expect(first(`${longest}a`, 'capture-b')).toBe('capture-b');
    expect(first(`${longest}a`)).toBe('n1.web.1700000000');
    expect(() => fileBasesFor({ node: 'n1', name: 'a'.repeat(300), fileNames: [`${longest}a`] }, 1_700_000_000).next()).toThrow(expect.objectContaining({ code: 'FileNameTooLong' }));
    expect(fileBasesFor({ node: 'n1', name: 'a'.repeat(300), fileNames: [longest] }, 1_700_000_000).next().value).toBe(longest);
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
