import { describe, expect, it } from 'vitest';
import { type CaptureOutcome, formatOutcome, outcomeOf, parseOutcome } from '../../../src/api/one-shot/capture-outcome.ts';
import type { CaptureResult } from '../../../src/core/capture-result.ts';

const gap = { from: 1_700_000_010_000, to: 1_700_000_012_000, reason: 'the agent was restarted' };
const result: CaptureResult = {
  progress: 'finished',
  reason: 'TimeLimit',
  message: 'It ended at its time limit. 3 packets captured, in 2 files of 300 B.',
  interface: 'eth0',
  startTime: 1_700_000_000_123,
  completionTime: 1_700_000_060_456,
  packets: { captured: 3, received: 4, dropped: 1 },
  files: [{ name: 'n1.job-0a1b2c3d.web.1700000000.pcap0', bytes: 100 }, { name: 'n1.job-0a1b2c3d.web.1700000000.pcap1', bytes: 200 }],
  wrapped: true,
  oldestPacketTime: 1_700_000_001_000,
  gaps: [gap],
};
const files = (count: number, name = 'n1.job-0a1b2c3d.web.1700000000.pcap') =>
  Array.from({ length: count }, (_, index) => ({ name: `${name}${String(index).padStart(3, '0')}`, bytes: 99_000_000 + index }));
const gaps = (count: number) => Array.from({ length: count }, (_, index) => ({ ...gap, from: index }));

/** What is read of what was written, which is short enough to be read whole. */
function passedOn(outcome: CaptureOutcome): CaptureOutcome {
  const text = formatOutcome(outcome);
  expect(Buffer.byteLength(text)).toBeLessThan(4096);
  expect(text.isWellFormed()).toBe(true);
  const read = parseOutcome(text);
  if (read === undefined) throw new Error(`cannot be read: ${text}`);
  for (const field of ['progress', 'packets', 'fileCount', 'totalBytes', 'gapCount', 'wrapped', 'completionTime'] as const) expect(read[field]).toEqual(outcome[field]);
  return read;
}

describe('the outcome of a one-shot', () => {
  it('is read as it was written, with what there is in all', () => {
    const outcome = outcomeOf('n1', result);
    expect(outcome).toEqual({ ...result, node: 'n1', fileCount: 2, totalBytes: 300, gapCount: 1 });
    expect(passedOn(outcome)).toEqual(outcome);
  });

  it('says what ended the capture, also when part of the time is missing', () => {
    expect(passedOn(outcomeOf('n1', { ...result, reason: 'Partial', endedBy: 'PacketLimit' }))).toMatchObject({ reason: 'Partial', endedBy: 'PacketLimit' });
  });

  it('is of a report its result, and nothing else', () => {
    const report = { ...result, source: 'OneShot', uid: 'uid-1', name: 'web', node: 'n1', request: { filter: 'icmp' } };
    expect(outcomeOf('n1', report)).toEqual(outcomeOf('n1', result));
  });

  it('is read where nothing was captured, and where the node is not known', () => {
    const outcome = outcomeOf('', { progress: 'failure', reason: 'FilterInvalid', message: 'No.', completionTime: 5, packets: { captured: 0, received: 0, dropped: 0 }, files: [], wrapped: false, gaps: [] });
    expect(passedOn(outcome)).toEqual(outcome);
  });

  it('begins with how it ended and why, for people who read it', () => {
    expect(formatOutcome(outcomeOf('n1', result))).toMatch(/^\{"progress":"finished","reason":"TimeLimit","message":"It ended/);
  });

  it('lists the newest of 1000 files, and tells how many there are', () => {
    const read = passedOn(outcomeOf('n1', { ...result, files: files(1000) }));
    expect(read).toMatchObject({ message: result.message, fileCount: 1000, totalBytes: 1000 * 99_000_000 + 499_500, gaps: result.gaps });
    expect(read.files.length).toBeGreaterThan(20);
    expect(read.files).toEqual(files(1000).slice(-read.files.length));
  });

  it('uses the room that there is', () => {
    expect(Buffer.byteLength(formatOutcome(outcomeOf('n1', { ...result, files: files(1000) })))).toBeGreaterThan(3990);
    expect(Buffer.byteLength(formatOutcome(outcomeOf('n1', { ...result, message: 'x'.repeat(9000) })))).toBeGreaterThan(4080);
  });

  it('has room for a long message, some files and some gaps, where there is too much of all', () => {
    const said = `tcpdump: ${'cannot '.repeat(600)}`;
    const read = passedOn(outcomeOf('n1', { ...result, progress: 'failure', reason: 'FilterInvalid', message: said, files: files(1000), gaps: gaps(100) }));
    expect(read.message.endsWith('…')).toBe(true);
    expect(said.startsWith(read.message.slice(0, -1))).toBe(true);
    expect(read.message.length).toBeGreaterThan(2000);
    expect(read.files).toEqual(files(1000).slice(-5));
    expect(read.gaps).toEqual(gaps(100).slice(-3));
    expect(read).toMatchObject({ fileCount: 1000, gapCount: 100 });
  });

  it('lets files of long names go before what has happened', () => {
    const read = passedOn(outcomeOf('n'.repeat(253), { ...result, message: 'm'.repeat(4000), files: files(1000, 'f'.repeat(250)), gaps: gaps(100) }));
    expect(read.node).toBe('n'.repeat(253));
    expect(read.message.length).toBeGreaterThan(2000);
    expect(read.gaps.length).toBe(3);
  });

  it.each<[string, string]>([
    ['control characters, six bytes each', '\u0000'.repeat(5000)],
    ['quotes and backslashes', '"\\'.repeat(5000)],
    ['line feeds', '\n'.repeat(5000)],
    ['characters of two, three and four bytes', 'ä€🦈'.repeat(2000)],
    ['halves of characters', '\ud83e'.repeat(5000)],
    ['a half at each possible cut', `${'x'.repeat(2030)}${'🦈'.repeat(2000)}`],
    ['the separators of lines and pages', '\u2028\u2029'.repeat(3000)],
    ['JSON', JSON.stringify({ progress: 'finished' }).repeat(500)],
  ])('is short and whole whatever the text: %s', (_, text) => {
    for (let cut = 0; cut < 8; cut += 1) {
      const said = 'x'.repeat(cut) + text;
      const read = passedOn(outcomeOf('n1', { ...result, message: said, files: files(1000), gaps: gaps(100) }));
      expect(said.startsWith(read.message.replace(/…$/, ''))).toBe(true);
      expect(read.files.length).toBeGreaterThan(0);
    }
    const everywhere = { ...result, progress: 'failure' as const, message: text, reason: text, interface: text, files: [{ name: text, bytes: 1 }], gaps: [{ from: 1, to: 2, reason: text }] };
    expect(passedOn(outcomeOf(text, everywhere))).toMatchObject({ fileCount: 1, gapCount: 1 });
  });

  it.each(['', 'Error', 'null', '[]', '{}', '{"progress":"finished"}', formatOutcome(outcomeOf('n1', result)).slice(0, -1), formatOutcome(outcomeOf('n1', result)).replace('"finished"', '"running"')])('is none: %j', (text) => {
    expect(parseOutcome(text)).toBeUndefined();
  });
});
