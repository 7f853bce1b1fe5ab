import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FilterCompiler } from '../../../src/adapters/tcpdump/filter-compiler.ts';
import { eventually } from '../kubernetes/eventually.ts';
import { requires } from '../../harness/requirements.ts';

requires('tcpdump', 'nsenter').describe('FilterCompiler', () => {
  const compiler = new FilterCompiler();
  const ranges = (count: number) => `portrange ${Array.from({ length: count }, (_, i) => `${i * 3 + 1}-${i * 3 + 2}`).join(' or ')}`;

  it.each([
    ['ether host 00:11:22:33:44:55', 'EN10MB'],
    ['tcp port http or domain', 'EN10MB'],
    ['icmp or arp', 'LINUX_SLL2'],
    ['ip6 and udp', 'RAW'],
    ['  ', 'EN10MB'],
    ["(((((host 10.0.0.1)))))", 'EN10MB'],
    ['-1 == -1', 'EN10MB'],
  ])('compiles %j for %s', async (filter, linkType) => {
    await compiler.compile(filter, linkType);
  });

  it.each([
    ['ether host 00:11:22:33:44:55', 'LINUX_SLL2', /addresses supported only on ethernet/],
    ['arp', 'RAW', /rejects all packets/],
    ['port nonsense', 'EN10MB', /unknown port 'nonsense'/],
    ['tcp port', 'EN10MB', /syntax error/],
    ['-w x', 'EN10MB', /syntax error/],
    ['--version', 'EN10MB', /syntax error/],
    ['udp -w /tmp/late.pcap', 'EN10MB', /syntax error/],
    ['-F /etc/passwd', 'EN10MB', /syntax error/],
    ['tcp\0udp', 'EN10MB', /NUL/],
    ['('.repeat(4000), 'EN10MB', /./],
    ['tcp', 'NONSENSE', /invalid data link type/],
  ])('refuses %j for %s', async (filter, linkType, reason) => {
    await expect(compiler.compile(filter, linkType)).rejects.toMatchObject({ code: 'FilterInvalid', message: expect.stringMatching(reason) as string });
  });

  it('gives up after 2 s of a processor and leaves nothing running', async () => {
    await expect(compiler.compile(ranges(300), 'EN10MB')).rejects.toMatchObject({ code: 'FilterTooSlow' });
    expect(compilations('1-2 or 4-5')).toEqual([]);
  });

  it('is given up with the reason, be it compiling or waiting for its turn, and leaves nothing running', async () => {
    const slow = `${ranges(300)} or port 7777`;
    const abort = new AbortController();
    const given = Array.from({ length: 4 }, () => compiler.compile(slow, 'EN10MB', abort.signal));
    const outcomes = Promise.allSettled(given);
    await eventually(() => compilations('port 7777').length === 2);
    const reason = new Error('no longer wanted');
    abort.abort(reason);
    expect(await outcomes).toEqual(given.map(() => ({ status: 'rejected', reason })));
    expect(compilations('port 7777')).toEqual([]);
    await expect(compiler.compile('tcp', 'EN10MB', abort.signal)).rejects.toBe(reason);
    await compiler.compile('udp port 7778', 'EN10MB');
  });

  it('does not blame a filter that a busy machine gave no processor to', async () => {
    const compiled = compiler.compile(`${ranges(100)} or port 9999`, 'EN10MB');
    const pid = Number(await eventually(() => compilations('port 9999').find((each) => readFileSync(`/proc/${each}/comm`, 'latin1') === 'tcpdump\n')));
    process.kill(pid, 'SIGSTOP');
    await sleep(3_000);
    process.kill(pid, 'SIGCONT');
    await compiled;
  });

  it('refuses what is too long for the kernel', async () => {
    const filter = Array.from({ length: 260 }, (_, i) => `host 1::${i.toString(16)}`).join(' or ');
    await expect(compiler.compile(filter, 'EN10MB')).rejects.toMatchObject({
      code: 'FilterTooComplex',
      message: expect.stringMatching(/compiles to 4\d\d\d instructions; the kernel takes at most 4096/) as string,
    });
  });

  it('compiles no more than two at a time', async () => {
    const slow = ranges(299);
    const all = Promise.allSettled(Array.from({ length: 4 }, () => compiler.compile(slow, 'EN10MB')));
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, compilations('1-2 or 4-5').length)), 20);
    const outcomes = await all;
    clearInterval(watch);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
    expect(most).toBe(2);
    // Eight seconds of processors, which a busy machine may take minutes to give.
  }, 240_000);

  it('starts no program for what it has compiled before, for that link type, and forgets what was not used for long', async () => {
    const remembering = new FilterCompiler();
    await remembering.compile('tcp', 'EN10MB');
    await remembering.compile('udp', 'EN10MB');
    await expect(remembering.compile('tcp port', 'EN10MB')).rejects.toMatchObject({ code: 'FilterInvalid' });
    await withoutPrograms(async () => {
      await remembering.compile('tcp', 'EN10MB');
      await expect(remembering.compile('tcp', 'RAW')).rejects.toMatchObject({ code: 'ProgramMissing' });
      await expect(remembering.compile('tcp port', 'EN10MB')).rejects.toMatchObject({ code: 'ProgramMissing' });
    });
    for (let port = 1; port <= 199; port += 1) await remembering.compile(`port ${port}`, 'EN10MB');
    await withoutPrograms(async () => {
      await remembering.compile('tcp', 'EN10MB');
      await expect(remembering.compile('udp', 'EN10MB')).rejects.toMatchObject({ code: 'ProgramMissing' });
    });
  });
});

describe('FilterCompiler without programs', () => {
  it('names what is missing', async () => {
    await withoutPrograms(() => expect(new FilterCompiler().compile('tcp', 'EN10MB')).rejects.toMatchObject({ code: 'ProgramMissing' }));
  });
});

async function withoutPrograms(work: () => Promise<void>): Promise<void> {
  const before = process.env['PATH'] ?? '';
  process.env['PATH'] = '/nonexistent';
  try {
    await work();
  } finally {
    process.env['PATH'] = before;
  }
}

/** This process's children that compile a filter with these words. */
function compilations(words: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const parent = readFileSync(`/proc/${pid}/status`, 'latin1').includes(`\nPPid:\t${process.pid}\n`);
      return parent && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(words);
    } catch {
      return false;
    }
  });
}
