import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { TcpdumpStderr } from '../../../src/adapters/tcpdump/tcpdump-stderr.ts';

/** What a tcpdump says, in pieces of one character. */
async function hear(...words: string[]): Promise<TcpdumpStderr> {
  const stream = new PassThrough();
  const stderr = new TcpdumpStderr(stream);
  for (const character of words.join('')) stream.write(character);
  stream.end();
  await new Promise((resolve) => stream.once('close', resolve));
  return stderr;
}

describe('TcpdumpStderr', () => {
  it('hears that it listens', async () => {
    const said = 'tcpdump: data link type LINUX_SLL2\ntcpdump: listening on any, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 96 bytes\n';
    expect(await (await hear(said)).listening).toBe('LINUX_SLL2');
  });

  it('reads answers to SIGUSR1, and keeps them out of what it said', async () => {
    const stderr = await hear(
      'tcpdump: 1 packet captured, 1 packet received by filter, 0 packets dropped by kernel\n',
      'tcpdump: 100 packets captured, 120 packets received by filter, 20 packets dropped by kernel, 3 packets dropped by interface\n',
    );
    expect(stderr.counters).toEqual({ captured: 100, received: 120, dropped: 20 });
    expect(stderr.finalCounters).toBeUndefined();
    expect(stderr.tail).toBe('');
  });

  it.each([
    ['1 packet captured\n1 packet received by filter\n0 packets dropped by kernel\n', { captured: 1, received: 1, dropped: 0 }],
    ['5 packets captured\n7 packets received by filter\n1 packet dropped by kernel\n2 packets dropped by interface\n', { captured: 5, received: 7, dropped: 1 }],
    ['5 packets captured\n7 packets received by filter\n1 packet dropped by kernel', { captured: 5, received: 7, dropped: 1 }],
  ])('reads the last words %j', async (said, counters) => {
    const stderr = await hear(said);
    expect(stderr.finalCounters).toEqual(counters);
    expect(stderr.tail.trim()).toBe(said.trim());
  });

  it('reads an answer in the midst of the last words', async () => {
    const answer = 'tcpdump: 542 packets captured, 695 packets received by filter, 0 packets dropped by kernel\n';
    const last = '542 packets captured\n695 packets received by filter\n0 packets dropped by kernel\n';
    for (let at = 0; at <= last.length; at += 1) {
      const stderr = await hear(last.slice(0, at), answer, last.slice(at));
      expect(stderr.finalCounters).toEqual({ captured: 542, received: 695, dropped: 0 });
      expect(stderr.tail).toBe(last);
    }
  });

  it('has no last counters when they are cut short', async () => {
    expect((await hear('5 packets captured\n7 packets rec')).finalCounters).toBeUndefined();
  });

  it('counts on where 32 bits end', async () => {
    const stderr = await hear(
      'tcpdump: 4294967290 packets captured, 4294967295 packets received by filter, 0 packets dropped by kernel\n',
      'tcpdump: 10 packets captured, 15 packets received by filter, 0 packets dropped by kernel\n',
      '20 packets captured\n21 packets received by filter\n0 packets dropped by kernel\n',
    );
    expect(stderr.finalCounters).toEqual({ captured: 2 ** 32 + 20, received: 2 ** 32 + 21, dropped: 0 });
  });

  it('keeps no more than 4 KiB, of the end', async () => {
    const stderr = await hear(...Array.from({ length: 500 }, (_, i) => `tcpdump: \u00e9 line ${i}\n`), 'the end\n');
    expect(Buffer.byteLength(stderr.tail)).toBeLessThanOrEqual(4096);
    expect(stderr.tail.endsWith('line 499\nthe end\n')).toBe(true);
    expect((await hear('x'.repeat(100_000))).tail.length).toBeLessThanOrEqual(4096);
  });
});
