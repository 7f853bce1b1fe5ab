import { execFile } from 'node:child_process';
import { appendFile, lstat, mkdir, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectPcapFile } from '../../src/adapters/pcap/inspect-pcap-file.ts';
import { EXIT } from '../../src/cli/command-line.ts';
import { PcapBytes } from '../adapters/pcap/pcap-bytes.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { Collecting, FetchWorld } from './fetch-world.ts';

let world: FetchWorld;
beforeEach(async () => {
  world = await FetchWorld.create();
});
afterEach(() => world[Symbol.asyncDispose]());

/** A command that streams packets; the manifest is read with cat as well. */
const isStream = (argv: readonly string[]) => (argv[0] === 'cat' || argv[0] === 'tail') && !argv.at(-1)?.endsWith('.json');
/** Of the commands that stream packets, the `n`th. */
const stream = (n: number) => {
  let seen = 0;
  return (argv: readonly string[]) => isStream(argv) && seen++ === n;
};

describe('a capture that has ended', () => {
  it('becomes one file, with every packet', async () => {
    const names = await world.write({ segments: [{ packets: 250 }, { packets: 30 }] });
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(said).toBe(`${world.path('x.pcap')}: 280 packets of web in 285 kB, of 4 files on node n1.\nThat is every packet that was captured.\n`);
    expect(exitCode).toBe(EXIT.done);
    expect(await readFile(world.path('x.pcap'))).toEqual(await world.merged(names));
    expect(await readdir(world.home)).toEqual(['x.pcap']);
    expect((await stat(world.path('x.pcap'))).mode & 0o777).toBe(0o600);
  });

  it('comes in the order of its packets though its ring has wrapped', async () => {
    const names = await world.write({ segments: [{ packets: 450, fileCount: 3 }] });
    expect(names).toEqual(['n1.web.1700000000.pcap2', 'n1.web.1700000000.pcap0', 'n1.web.1700000000.pcap1']);
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(said).toMatch(/: 252 packets of web .*\nThe ring has overwritten the oldest of the 450 packets that were captured\.\n$/);
    expect(exitCode).toBe(EXIT.done);
    expect(await readFile(world.path('x.pcap'))).toEqual(await world.merged(names));
  });

  it('comes whole where the status has room for the newest files only', async () => {
    const names = await world.write({ segments: [{ packets: 99 * 90, fileCount: 1000 }] });
    expect(names).toHaveLength(90);
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(said).toContain('8910 packets of web');
    expect(exitCode).toBe(EXIT.done);
    expect(await readFile(world.path('x.pcap'))).toEqual(await world.merged(names));
    // Few enough to be a part of a URL that every proxy takes.
    expect(Math.max(...world.cluster.commands.map((argv) => argv.join('&command=').length))).toBeLessThan(8192);
  });

  it('is told from others of the same name, and of names that begin alike', async () => {
    await world.write({ uid: 'earlier', segments: [{ packets: 3 }] });
    await world.write({ name: 'web.1700000500', segments: [{ packets: 7 }] });
    const names = await world.write({ uid: 'later', seconds: 1_700_000_600, segments: [{ packets: 5 }] });
    await world.write({ name: 'web2', segments: [{ packets: 9 }] });
    await writeFile(join(world.hostmount, 'n1.web.1700000700.json'), 'nonsense');
    const { exitCode } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(exitCode).toBe(EXIT.done);
    expect(await readFile(world.path('x.pcap'))).toEqual(await world.merged(names));
  });

  it('goes to stdout', async () => {
    const names = await world.write({ segments: [{ packets: 250 }] });
    const { exitCode, stdout } = await world.pcapper(['get', 'web', '-o', '-']);
    expect(exitCode).toBe(EXIT.done);
    expect(stdout).toEqual(await world.merged(names));
  });

  it('goes to a folder under its own name, and by itself to where one is', async () => {
    await world.write({ segments: [{ packets: 1 }] });
    await mkdir(world.path('folder'));
    expect((await world.pcapper(['get', 'web', '-o', world.path('folder')])).exitCode).toBe(EXIT.done);
    expect(await inspectPcapFile(world.path('folder/web.pcap'))).toMatchObject({ packets: 1 });
  });

  it('may have no packets', async () => {
    await world.write({ segments: [{ packets: 0 }], status: { filesTotal: { count: 1, bytes: 24 } } });
    const { exitCode } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(exitCode).toBe(EXIT.done);
    expect(await inspectPcapFile(world.path('x.pcap'))).toMatchObject({ packets: 0, bytes: 24 });
  });
});

describe('what is missing is said', () => {
  it('a file that somebody removed', async () => {
    const [first = ''] = await world.write({ segments: [{ packets: 150 }] });
    await rm(join(world.hostmount, first));
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(said).toContain(`1 file of the capture is not on the node any more: ${first}.`);
    expect(said).toContain('The status says that 150 packets were captured: 99 are missing.');
    expect(exitCode).toBe(EXIT.incomplete);
    expect(await inspectPcapFile(world.path('x.pcap'))).toMatchObject({ packets: 51 });
  });

  it('a record that was cut', async () => {
    const [first = '', second = ''] = await world.write({ segments: [{ packets: 150 }], status: { packets: { captured: 151, received: 151, dropped: 2 } } });
    await appendFile(join(world.hostmount, first), new PcapBytes().record(1_700_000_001, 0, 700).subarray(0, 100));
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(said).toMatch(/151 packets were captured: 1 are missing\.\n1 file ended within a record, which was left out\.\n$/);
    expect(said).toContain('the kernel dropped 2 packets');
    expect(exitCode).toBe(EXIT.incomplete);
    await truncate(join(world.hostmount, first), (await stat(join(world.hostmount, first))).size - 100);
    expect(await readFile(world.path('x.pcap'))).toEqual(await world.merged([first, second]));
  });

  it('gaps, and a capture that failed', async () => {
    const gap = { from: '2023-11-14T22:13:20.000000Z', to: '2023-11-14T22:13:21.000000Z', reason: 'the agent was away' };
    await world.write({ segments: [{ packets: 5 }], progress: 'failure', status: { reason: 'DiskFull', gaps: [gap] } });
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(said).toContain('For some time nothing was captured: see status.gaps');
    expect(said).toContain('The capture itself failed: DiskFull.');
    expect(exitCode).toBe(EXIT.done);
  });
});

describe('a download that is cut', () => {
  it.each([
    ['the connection ends', { cutAfter: 150_001 }],
    ['the connection breaks off', { resetAfter: 150_001 }],
    ['the agent is killed', { killAfter: 110_000 }],
    ['nothing is said of the end', { withoutStatus: true }],
  ])('goes on by itself when %s', async (_, fault) => {
    const names = await world.write({ segments: [{ packets: 350 }] });
    const first = stream(0);
    world.cluster.fault = (argv) => (first(argv) ? fault : undefined);
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(said).toMatch(/Trying again in 0\.5 s \(1 of 6\)/);
    expect(said).toContain('350 packets of web');
    expect(exitCode).toBe(EXIT.done);
    expect(await readFile(world.path('x.pcap'))).toEqual(await world.merged(names));
  });

  it('goes on with the Pod that takes the place of the agent', async () => {
    const names = await world.write({ segments: [{ packets: 350 }] });
    const [first, second] = [stream(0), stream(1)];
    world.cluster.fault = (argv) => {
      if (second(argv)) world.runAgent('pcapper-fghij');
      return first(argv) ? { cutAfter: 30, before: () => world.runAgent('pcapper-fghij', { deletionTimestamp: undefined }) } : undefined;
    };
    expect((await world.pcapper(['get', 'web', '-o', world.path('x.pcap')])).exitCode).toBe(EXIT.done);
    expect(await readFile(world.path('x.pcap'))).toEqual(await world.merged(names));
  });

  it('goes on from one place to the next, wherever it is cut', async () => {
    const names = await world.write({ segments: [{ packets: 250, packetBytes: 997 }, { packets: 130, packetBytes: 61 }] });
    let cuts = 0;
    // Each time a bit more than before: in headers, in records, in later files.
    world.cluster.fault = (argv) => (isStream(argv) && cuts++ < 5 ? { cutAfter: 20 + cuts * 31_013 } : undefined);
    const { exitCode, stdout } = await world.pcapper(['get', 'web', '-o', '-']);
    expect(exitCode).toBe(EXIT.done);
    expect(stdout).toEqual(await world.merged(names));
  }, 120_000);

  it('gives up after some tries, and the same command goes on', async () => {
    const names = await world.write({ segments: [{ packets: 350 }] });
    const first = stream(0);
    world.cluster.fault = (argv) => (first(argv) ? { cutAfter: 250_000 } : isStream(argv) ? { refuse: 403 } : undefined);
    const failed = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(failed.exitCode).toBe(EXIT.failed);
    expect(failed.said).toContain(`What has come is in ${world.path('x.pcap')}.part; the same command goes on from there.`);
    expect(failed.said).toMatch(/pcapper: .*403 Forbidden.*ClusterRole pcapper-files/);
    expect((await readdir(world.home)).sort()).toEqual(['x.pcap.part', 'x.pcap.part.json']);

    world.cluster.fault = () => undefined;
    world.cluster.commands.length = 0;
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(said).toMatch(/^249 kB of 356 kB are there already\.\n/);
    expect(said).toContain('350 packets of web in 356 kB');
    expect(exitCode).toBe(EXIT.done);
    expect(world.cluster.commands.filter(isStream).map(([program]) => program)).toEqual(['tail', 'cat']);
    expect(await readFile(world.path('x.pcap'))).toEqual(await world.merged(names));
    expect(await readdir(world.home)).toEqual(['x.pcap']);
  });

  it('goes on behind a file that was not whole', async () => {
    const [first = '', ...more] = await world.write({ segments: [{ packets: 350 }], status: { packets: { captured: 351, received: 351, dropped: 0 } } });
    const whole = await world.merged([first, ...more]);
    await appendFile(join(world.hostmount, first), new PcapBytes().record(1_700_000_001, 0, 700).subarray(0, 77));
    const cut = stream(0);
    world.cluster.fault = (argv) => (cut(argv) ? { cutAfter: 250_000 } : isStream(argv) ? { refuse: 403 } : undefined);
    await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    world.cluster.fault = () => undefined;
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(said).toContain('249 kB of 356 kB are there already');
    expect(said).toContain('1 file ended within a record');
    expect(exitCode).toBe(EXIT.incomplete);
    expect(await readFile(world.path('x.pcap'))).toEqual(whole);
  });

  it.each([
    ['is of another capture', () => writeFile(world.path('x.pcap.part.json'), '{"schemaVersion":1,"captureUid":"other"}')],
    ['is no pcap file', () => writeFile(world.path('x.pcap.part'), 'nothing of ours, and longer than a header')],
    ['is not there', () => rm(world.path('x.pcap.part'))],
    ['is of a file that has changed', async () => writeFile(world.path('x.pcap.part.json'), (await readFile(world.path('x.pcap.part.json'), 'utf8')).replace('"bytes": ', '"bytes": 1'))],
  ])('begins anew when the part %s', async (_, spoil) => {
    const names = await world.write({ segments: [{ packets: 350 }] });
    const cut = stream(0);
    world.cluster.fault = (argv) => (cut(argv) ? { cutAfter: 250_000 } : isStream(argv) ? { refuse: 403 } : undefined);
    await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    await spoil();
    world.cluster.fault = () => undefined;
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(said).not.toContain('already');
    expect(exitCode).toBe(EXIT.done);
    expect(await readFile(world.path('x.pcap'))).toEqual(await world.merged(names));
  });

  it('cuts a record that was half written, and counts what is there', async () => {
    const names = await world.write({ segments: [{ packets: 350 }] });
    const cut = stream(0);
    world.cluster.fault = (argv) => (cut(argv) ? { cutAfter: 250_000 } : isStream(argv) ? { refuse: 403 } : undefined);
    await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    await truncate(world.path('x.pcap.part'), 123_456);
    world.cluster.fault = () => undefined;
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(said).toContain('123 kB of 356 kB are there already');
    expect(said).toContain('350 packets');
    expect(exitCode).toBe(EXIT.done);
    expect(await readFile(world.path('x.pcap'))).toEqual(await world.merged(names));
  });

  it('loses nothing to another who goes on with the same part for a while', async () => {
    const names = await world.write({ segments: [{ packets: 2500, fileCount: 1000 }] });
    const [first, second, third] = [stream(0), stream(1), stream(2)];
    const another = async () => {
      const { said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
      expect(said).toMatch(/ of 2\.5 MB are there already\.[^]*403 Forbidden/);
    };
    world.cluster.fault = (argv) => {
      const [isSecond, isThird] = [second(argv), third(argv)];
      // The first goes on when the other has come and gone.
      return first(argv) ? { cutAfter: 1_700_000 } : isSecond ? { before: another } : isThird ? { refuse: 403 } : undefined;
    };
    const { exitCode } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(exitCode).toBe(EXIT.done);
    expect((await readFile(world.path('x.pcap'))).equals(await world.merged(names))).toBe(true);
  });

  it('is kept when somebody interrupts it, and ends its command', async () => {
    await world.write({ segments: [{ packets: 900 }] });
    const abort = new AbortController();
    world.cluster.fault = (argv) => (isStream(argv) ? { slow: 200 } : undefined);
    const running = world.pcapper(['get', 'web', '-o', world.path('x.pcap')], { signal: abort.signal });
    await eventually(() => world.cluster.commands.some(isStream));
    abort.abort(new Error('Ctrl-C'));
    const { exitCode, said } = await running;
    expect(exitCode).toBe(EXIT.interrupted);
    expect(said).toMatch(/Interrupted at \d+ %\.\nWhat has come is in /);
    await eventually(() => world.cluster.running === 0);
    world.cluster.fault = () => undefined;
    expect((await world.pcapper(['get', 'web', '-o', world.path('x.pcap')])).exitCode).toBe(EXIT.done);
  });

  it('does not take what is no longer the same file', async () => {
    const names = await world.write({ segments: [{ packets: 350 }] });
    const first = stream(0);
    const other = join(world.hostmount, names[2] ?? '');
    const anew = async () => {
      const content = await readFile(other);
      content.writeUInt32LE(1, 24);
      await writeFile(other, content);
    };
    world.cluster.fault = (argv) => (first(argv) ? { before: anew } : undefined);
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(exitCode).toBe(EXIT.failed);
    expect(said).toContain(`The file ${names[2] ?? ''} was begun anew or removed while it was fetched.`);
  });

  it.each([
    ['shorter', (path: string) => truncate(path, 50_000)],
    ['longer', (path: string) => appendFile(path, 'more')],
  ])('says that the last file has become %s', async (how, change) => {
    const names = await world.write({ segments: [{ packets: 150 }] });
    const last = names.at(-1) ?? '';
    const first = stream(0);
    world.cluster.fault = (argv) => (first(argv) ? { before: () => change(join(world.hostmount, last)) } : undefined);
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(exitCode).toBe(EXIT.failed);
    expect(said).toContain(`The file ${last} became ${how} while it was fetched.`);
  });
});

describe('where it is written', () => {
  beforeEach(() => world.write({ segments: [{ packets: 5 }] }));

  it('leaves a file that exists as it is, unless told otherwise', async () => {
    await writeFile(world.path('x.pcap'), 'mine');
    const refused = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(refused).toMatchObject({ exitCode: EXIT.failed, said: expect.stringContaining('x.pcap exists already. Give another name with -o, or replace it with --force.') as string });
    expect(await readFile(world.path('x.pcap'), 'utf8')).toBe('mine');
    expect(world.cluster.commands).toEqual([]);
    expect((await world.pcapper(['get', 'web', '--force', '-o', world.path('x.pcap')])).exitCode).toBe(EXIT.done);
    expect(await inspectPcapFile(world.path('x.pcap'))).toMatchObject({ packets: 5 });
  });

  it('puts nothing in the place of a pipe or a device', async () => {
    await promisify(execFile)('mkfifo', [world.path('pipe')]);
    await symlink('/dev/null', world.path('null'));
    for (const name of ['pipe', 'null']) {
      for (const options of [[], ['--force']]) {
        const refused = await world.pcapper(['get', 'web', ...options, '-o', world.path(name)]);
        expect(refused).toMatchObject({ exitCode: EXIT.failed, said: expect.stringContaining(`${world.path(name)} is no regular file. To write into a pipe or a device, use stdout: -o - > ${world.path(name)}`) as string });
      }
    }
    expect((await lstat(world.path('pipe'))).isFIFO()).toBe(true);
    expect((await stat(world.path('null'))).isCharacterDevice()).toBe(true);
    expect(world.cluster.commands).toEqual([]);
  });

  it('replaces a link that leads nowhere only when told to', async () => {
    await symlink(world.path('nowhere'), world.path('x.pcap'));
    expect((await world.pcapper(['get', 'web', '-o', world.path('x.pcap')])).said).toContain('exists already');
    expect((await world.pcapper(['get', 'web', '--force', '-o', world.path('x.pcap')])).exitCode).toBe(EXIT.done);
    expect((await lstat(world.path('x.pcap'))).isFile()).toBe(true);
  });

  it('leaves a file that comes there meanwhile as it is', async () => {
    const first = stream(0);
    world.cluster.fault = (argv) => (first(argv) ? { before: () => writeFile(world.path('x.pcap'), 'faster') } : undefined);
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(exitCode).toBe(EXIT.failed);
    expect(said).toContain('exists already');
    expect(await readFile(world.path('x.pcap'), 'utf8')).toBe('faster');
  });

  it('is not given the file of another who has begun anew meanwhile', async () => {
    const [first, second] = [stream(0), stream(1)];
    const another = async () => {
      expect((await world.pcapper(['get', 'web', '-o', world.path('x.pcap')])).exitCode).toBe(EXIT.failed);
    };
    world.cluster.fault = (argv) => {
      const isSecond = second(argv);
      return first(argv) ? { before: another } : isSecond ? { refuse: 403 } : undefined;
    };
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(exitCode).toBe(EXIT.failed);
    expect(said).toContain(`Another process has finished ${world.path('x.pcap')}.part, or begun it anew. Let only one at a time write it.`);
    expect(await readdir(world.home)).not.toContain('x.pcap');
    world.cluster.fault = () => undefined;
    expect((await world.pcapper(['get', 'web', '-o', world.path('x.pcap')])).exitCode).toBe(EXIT.done);
    expect(await inspectPcapFile(world.path('x.pcap'))).toMatchObject({ packets: 5 });
  });

  it('follows no link under the name of the part', async () => {
    await writeFile(world.path('precious'), 'mine');
    await symlink(world.path('precious'), world.path('x.pcap.part'));
    await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(await readFile(world.path('precious'), 'utf8')).toBe('mine');
  });

  it.each([
    ['no/x.pcap', /cannot be written in .*no: the folder does not exist/],
    ['no/', /The folder .*no\/ does not exist/],
  ])('says what is wrong with -o %s', async (output, said) => {
    const refused = await world.pcapper(['get', 'web', '-o', world.path(output)]);
    expect(refused.exitCode).toBe(EXIT.failed);
    expect(refused.said).toMatch(said);
  });

  it('does not flood a terminal', async () => {
    const stdout = Object.assign(new Collecting(), { isTTY: true });
    const refused = await world.pcapper(['get', 'web', '-o', '-'], { stdout });
    expect(refused).toMatchObject({ exitCode: EXIT.misused, said: expect.stringContaining('A pcap file is nothing for a terminal.') as string });
  });

  it('ends on Ctrl-C though the reader of stdout takes nothing', async () => {
    const abort = new AbortController();
    const stdout = new Collecting({ highWaterMark: 1 });
    let isAsked = false;
    stdout._write = () => (isAsked = true);
    const running = world.pcapper(['get', 'web', '-o', '-'], { stdout, signal: abort.signal });
    await eventually(() => isAsked);
    abort.abort(new Error('Ctrl-C'));
    expect((await running).exitCode).toBe(EXIT.interrupted);
  });

  it('ends when the reader of stdout does', async () => {
    const stdout = new Collecting();
    stdout._write = (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    const ended = await world.pcapper(['get', 'web', '-o', '-'], { stdout });
    expect(ended).toMatchObject({ exitCode: EXIT.failed, said: expect.stringContaining('Whoever read stdout has ended.') as string });
  });
});

describe('a capture whose agent was lost', () => {
  it('is not whole while its agent still writes', async () => {
    await world.write({ segments: [{ packets: 150 }], progress: 'running', status: { progress: 'failure', reason: 'NodeLost' } });
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(said).toContain('150 packets of web');
    expect(said).toContain('Its last file was still written: fetch it again for the rest.');
    expect(exitCode).toBe(EXIT.incomplete);
  });
});

describe('a capture that runs', () => {
  it('is left alone, with what to do', async () => {
    await world.write({ segments: [{ packets: 5 }], progress: 'running' });
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap')]);
    expect(exitCode).toBe(EXIT.failed);
    expect(said).toMatch(/still running \(5 packets so far\).*kubectl -n pcapper wait pktcap\/web .*kubectl -n pcapper patch pktcap web .*--so-far/);
    expect(await readdir(world.home)).toEqual([]);
  });

  it('is fetched up to its last whole packet when that is asked for', async () => {
    const names = await world.write({ segments: [{ packets: 150 }], progress: 'running' });
    const last = join(world.hostmount, names.at(-1) ?? '');
    const whole = await world.merged(names);
    await appendFile(last, new PcapBytes().record(1_700_000_900, 0, 700).subarray(0, 300));
    const first = stream(0);
    // What comes meanwhile is not taken.
    world.cluster.fault = (argv) => (first(argv) ? { before: () => appendFile(last, Buffer.alloc(100_000, 1)) } : undefined);
    const { exitCode, said } = await world.pcapper(['get', 'web', '--so-far', '-o', world.path('x.pcap')]);
    expect(said).toMatch(/: 150 packets of web .*\nThe capture goes on: this is what there was by now\.\n$/);
    expect(exitCode).toBe(EXIT.done);
    expect(await readFile(world.path('x.pcap'))).toEqual(whole);
    await eventually(() => world.cluster.running === 0);
  });

  /** A ring of those files that overwrites so many of its oldest ones at a time. */
  function ring(names: readonly string[], count = 1) {
    let turn = 0;
    return async () => {
      for (const last = turn + count; turn < last; turn += 1) {
        const file = join(world.hostmount, names[turn % names.length] ?? '');
        const content = await readFile(file);
        content.writeUInt32LE(1_700_009_000 + turn, 24);
        await writeFile(file, content);
      }
    };
  }

  /** Before those looks at what files begin with; the second of a try comes when all was read, so that it alone can tell. */
  function atLooks(isMeant: (look: number) => boolean, before: () => Promise<void>): void {
    let look = 0;
    world.cluster.fault = (argv) => (argv[0] === 'head' && isMeant((look += 1)) ? { before } : undefined);
  }

  it('is fetched without the oldest of its ring when that is overwritten meanwhile, and says so', async () => {
    const names = await world.write({ segments: [{ packets: 450, fileCount: 3 }], progress: 'running' });
    atLooks((look) => look === 2, ring(names));
    const { exitCode, said } = await world.pcapper(['get', 'web', '--so-far', '-o', world.path('x.pcap')]);
    expect(said).toMatch(
      /^The file \S+ was overwritten while it was fetched\. Trying again\.\n\S+: \d+ packets of web .*, of 2 files on node n1\.\nThe capture goes on.*\n1 file is left out: the ring was about to overwrite it\.\n$/,
    );
    expect(exitCode).toBe(EXIT.incomplete);
    // What was overwritten is the newest now.
    const [overwritten = '', , last = ''] = names;
    expect(await readFile(world.path('x.pcap'))).toEqual(await world.merged([last, overwritten]));
    expect(await readdir(world.home)).toEqual(['x.pcap']);
  });

  it('is fetched without as many of its ring as it takes; if none stays, nothing is left behind', async () => {
    const names = await world.write({ segments: [{ packets: 900, fileCount: 7 }], progress: 'running' });
    atLooks((look) => look % 2 === 0, ring(names, 3));
    const { exitCode, said } = await world.pcapper(['get', 'web', '--so-far', '-o', world.path('x.pcap')]);
    expect(exitCode).toBe(EXIT.incomplete);
    expect(said).toContain('\n4 files are left out: the ring was about to overwrite them.\n');
    await rm(world.path('x.pcap'));
    // All of them, the newest as well.
    const overwriteAll = ring(names, 7);
    world.cluster.fault = (argv) => (isStream(argv) ? { before: overwriteAll } : undefined);
    const given = await world.pcapper(['get', 'web', '--so-far', '-o', world.path('x.pcap')]);
    expect(given.exitCode).toBe(EXIT.failed);
    expect(given.said).toMatch(/The ring of a running capture overwrites its oldest file: try again, or stop the capture first\.\n$/);
    expect(await readdir(world.home)).toEqual([]);
  });

  it.each([
    ['it is listed', /No such file.* Trying again\.\n.*\nThe capture goes on: this is what there was by now\.\n$/, () => (argv: readonly string[]) => argv[0] === 'head'],
    ['it is fetched', /was begun anew or removed while it was fetched\. Trying again\.\n.*\nThe capture goes on: this is what there was by now\.\n$/, () => stream(0)],
  ])('is fetched when a file of an earlier segment is removed while %s, to make room', async (_, words, isMeant) => {
    const [removed = '', ...names] = await world.write({ segments: [{ packets: 150 }, { packets: 150 }], progress: 'running' });
    const meant = isMeant();
    world.cluster.fault = (argv) => (meant(argv) ? { before: () => rm(join(world.hostmount, removed), { force: true }) } : undefined);
    const { exitCode, said } = await world.pcapper(['get', 'web', '--so-far', '-o', world.path('x.pcap')]);
    expect(said).toMatch(words);
    expect(exitCode).toBe(EXIT.done);
    expect(await readFile(world.path('x.pcap'))).toEqual(await world.merged(names));
  });

  it('is not begun anew on stdout, where somebody has read it', async () => {
    const names = await world.write({ segments: [{ packets: 450, fileCount: 3 }], progress: 'running' });
    atLooks((look) => look === 2, ring(names));
    const { exitCode, said } = await world.pcapper(['get', 'web', '--so-far', '-o', '-']);
    expect(exitCode).toBe(EXIT.failed);
    expect(said).toMatch(/was overwritten while it was fetched.*stop the capture first/);
  });

  it('may not have begun', async () => {
    await world.write({ segments: [{ packets: 0 }] });
    world.cluster.captures.set('web', { metadata: { name: 'web', uid: 'u' }, spec: {} });
    expect((await world.pcapper(['get', 'web', '--so-far'])).said).toMatch(/No node has taken the capture web yet.*kubectl -n pcapper wait pktcap\/web --for=condition=Capturing/);
  });
});

describe('what is wrong is explained', () => {
  const failing = async (...argv: string[]) => {
    const { exitCode, said } = await world.pcapper(['get', 'web', '-o', world.path('x.pcap'), ...argv]);
    expect(exitCode).toBe(EXIT.failed);
    expect(await readdir(world.home)).toEqual([]);
    return said;
  };

  it('no such capture', async () => {
    expect(await failing()).toBe('pcapper: There is no PacketCapture "web" in the namespace "pcapper". See what there is with: kubectl get pktcap --all-namespaces\n');
  });

  it('no right to read it, or to its files', async () => {
    world.cluster.refuse = 403;
    expect(await failing()).toMatch(/403 Forbidden.*pcapper-files/);
    world.cluster.refuse = undefined;
    await world.write({ segments: [{ packets: 5 }] });
    world.cluster.fault = () => ({ refuse: 403 });
    expect(await failing()).toMatch(/exec.* 403 Forbidden.*pcapper-files/);
  });

  it('no agent on the node', async () => {
    await world.write({ segments: [{ packets: 5 }] });
    world.cluster.pods = [];
    expect(await failing()).toMatch(/on the node n1, and no Pod of the DaemonSet pcapper runs there.*kubectl -n pcapper get pods -o wide/);
  });

  it('no files any more', async () => {
    await world.write({ segments: [{ packets: 5 }] });
    for (const name of await readdir(world.hostmount)) await rm(join(world.hostmount, name));
    expect(await failing()).toMatch(/The files of the capture web are not \(any more\) in .*KEEP_FILES_HOURS/);
    await world.write({ segments: [{ packets: 0 }], status: { message: 'The Pod was gone.' } });
    expect(await failing()).toMatch(/has ended, and has no files\. Its status says: The Pod was gone\./);
  });

  it('a manifest of a newer pcapper', async () => {
    await world.write({ segments: [{ packets: 5 }] });
    const path = join(world.hostmount, 'n1.web.1700000000.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"schemaVersion": 1', '"schemaVersion": 9'));
    expect(await failing()).toMatch(/n1\.web\.1700000000\.json .*schemaVersion: expected 1, got 9.*use the pcapper of the same version/);
  });

  it('files of two link types, with the commands that fetch them', async () => {
    await world.write({ segments: [{ packets: 5 }, { packets: 5, linkType: 'RAW' }] });
    expect(await failing()).toMatch(
      /n1\.web\.1700000001\.pcap0 has the link type 101, the files before it 1.*\n {2}kubectl -n pcapper cp pcapper-abcde:\S+\/n1\.web\.1700000000\.pcap0 n1\.web\.1700000000\.pcap0\n/,
    );
  });

  it('a command that fails', async () => {
    await world.write({ segments: [{ packets: 5 }] });
    await rm(world.hostmount, { recursive: true });
    expect(await failing()).toMatch(/The command find in the Pod pcapper-abcde failed \(exit code 1\): find: .*No such file or directory/);
  });

  it('no kubeconfig', async () => {
    expect(await failing('--kubeconfig', '/nowhere')).toMatch(/The kubeconfig "\/nowhere" cannot be read/);
    expect(await failing('--context', 'prod')).toMatch(/The kubeconfig has no context "prod"\. It has: test\./);
  });

  it('no credentials', async () => {
    const kubeconfig = (user: object) => JSON.stringify({ ...(JSON.parse(world.cluster.kubeconfig.replace('http:', 'https:')) as object), users: [{ name: 'test', user }] });
    const path = join(world.hostmount, 'kubeconfig');
    await writeFile(path, kubeconfig({ 'client-certificate': '/nowhere.crt', 'client-key': '/nowhere.key' }));
    expect(await failing('--kubeconfig', path)).toMatch(/^pcapper: The credentials of the kubeconfig cannot be had: ENOENT.*nowhere\..*kubectl auth whoami\n$/);
    await writeFile(path, kubeconfig({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', 'echo your login has expired >&2; exit 1'] } }));
    expect(await failing('--kubeconfig', path)).toBe('pcapper: The credentials of the kubeconfig cannot be had: your login has expired. Try the same user with kubectl: kubectl auth whoami\n');
  });

  it('no API server', async () => {
    await world.cluster[Symbol.asyncDispose]();
    expect(await failing()).toMatch(/got no answer from http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/);
  });

  it('in words of others that cannot steer a terminal', async () => {
    const hostile = '\u001b]0;owned\u0007\u001b[2K\r\u009b31m\u202ekcab';
    const visible = String.raw`\u001b]0;owned\u0007\u001b[2K\u000d\u009b31m\u202ekcab`;
    await world.write({ segments: [{ packets: 0 }], status: { message: hostile } });
    expect(await failing()).toContain(`Its status says: ${visible}`);
    await world.write({ uid: 'later', seconds: 1_700_000_600, segments: [{ packets: 5 }], progress: 'failure', status: { reason: hostile } });
    const { said } = await world.pcapper(['get', 'web', '-o', world.path('y.pcap')]);
    expect(said).toContain(`The capture itself failed: ${visible}.\n`);
    await rm(world.path('y.pcap'));
    world.cluster.fault = (argv) => (argv[0] === 'find' ? { refuse: 500 } : undefined);
    world.cluster.refusalText = hostile;
    const abort = new AbortController();
    const running = world.pcapper(['get', 'web', '-o', world.path('x.pcap')], { signal: abort.signal });
    await eventually(() => world.cluster.commands.filter(([program]) => program === 'find').length > 1);
    abort.abort(new Error('Ctrl-C'));
    expect((await running).said).toContain(`${visible}. Try again later; the log of the API server says more. Trying again in 0.5 s`);
  });

  it('a status that somebody else has written', async () => {
    await world.write({ segments: [{ packets: 5 }], status: { node: '../../etc' } });
    expect(await failing()).toMatch(/names no proper node/);
    expect(world.cluster.commands).toEqual([]);
  });
});
