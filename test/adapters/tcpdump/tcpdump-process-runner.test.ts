import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { inspectPcapFile } from '../../../src/adapters/pcap/inspect-pcap-file.ts';
import { SystemClock } from '../../../src/adapters/system-clock.ts';
import { TcpdumpProcessRunner } from '../../../src/adapters/tcpdump/tcpdump-process-runner.ts';
import type { ProcessIdentity, RunSpec } from '../../../src/core/tcpdump-runner.ts';
import { requires } from '../../harness/requirements.ts';
import { TestPod } from '../../harness/test-pod.ts';
import { podInterface } from './pod-interface.ts';
import { Workplace } from './workplace.ts';

const ECHO_REQUESTS = 'icmp[icmptype] = icmp-echo';

/** Compiles in no time to more instructions than the kernel takes. */
const TOO_COMPLEX = Array.from({ length: 260 }, (_, i) => `host 1::${i.toString(16)}`).join(' or ');
/** Keeps libpcap busy for many seconds. */
const TOO_SLOW = `portrange ${Array.from({ length: 300 }, (_, i) => `${i * 3 + 1}-${i * 3 + 2}`).join(' or ')}`;

/** This process's children with these words on their command line. */
function childrenWith(words: string): number[] {
  return readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1').trim().split(' ').map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(words);
    } catch {
      return false;
    }
  });
}

const needed = requires('root', 'tcpdump', 'ip', 'ping', 'nsenter', 'cgroup');

needed.describe('TcpdumpProcessRunner: what it captures', () => {
  it('has each of 300 packets when it is stopped right after the last', async () => {
    await using place = await Workplace.create();
    const spec = place.spec({ filter: ECHO_REQUESTS });
    const run = await place.runner.start(spec);
    await place.pod.ping(300, { interval: 0.001 });
    const end = await run.stop();
    expect(end).toMatchObject({ cause: 'stopped', counters: { captured: 300, received: 300, dropped: 0 } });
    expect(await place.packets(spec)).toBe(300);
  });

  it('has each packet of `any`, too', async () => {
    await using place = await Workplace.create();
    await using any = await podInterface(place.pod, 'any');
    const spec = place.spec({ interface: any, filter: ECHO_REQUESTS });
    const run = await place.runner.start(spec);
    await place.pod.ping(100, { interval: 0.001 });
    expect(await run.stop()).toMatchObject({ cause: 'stopped', counters: { captured: 100 } });
    expect(await place.packets(spec)).toBe(100);
  });

  it('has each packet of `lo` once, though the kernel counts it twice', async () => {
    await using place = await Workplace.create();
    await using lo = await podInterface(place.pod, 'lo');
    const spec = place.spec({ interface: lo, filter: ECHO_REQUESTS });
    const run = await place.runner.start(spec);
    await place.pod.ping(50, { to: place.pod.address });
    expect(await run.stop()).toMatchObject({ cause: 'stopped', counters: { captured: 50, received: 100, dropped: 0 } });
    expect(await place.packets(spec)).toBe(50);
  });

  it('has a packet that was sent at once after the start', async () => {
    await using place = await Workplace.create();
    for (let round = 0; round < 5; round += 1) {
      const spec = place.spec({ filter: ECHO_REQUESTS, maxPackets: 1 });
      const run = await place.runner.start(spec);
      await place.pod.ping(1);
      expect((await run.ended).cause).toBe('packet-limit');
    }
  });

  it('is started though this process stood still until its time to start was long over', async () => {
    await using place = await Workplace.create();
    const spec = place.spec({ filter: ECHO_REQUESTS, maxPackets: 1 });
    const started = place.runner.start(spec);
    let [chain] = childrenWith(spec.path);
    while (chain === undefined) {
      await setImmediate();
      [chain] = childrenWith(spec.path);
    }
    // It listens a second later, while no timer runs here and nothing is read, as by SIGSTOP.
    process.kill(chain, 'SIGSTOP');
    spawn('sh', ['-c', `sleep 1; kill -CONT ${chain}`], { stdio: 'ignore' });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 7_000);
    const run = await started;
    await place.pod.ping(1);
    expect((await run.ended).cause).toBe('packet-limit');
  });

  it('keeps the latest of a ring that wraps, whole files of them', async () => {
    await using place = await Workplace.create();
    const spec = place.spec({ filter: 'udp dst port 9', maxFileSize: 1_000_000, fileCount: 3 });
    const run = await place.runner.start(spec);
    const sent = 4000;
    await place.pod.sendUdp(sent, { bytes: 1400 });
    const { counters } = await run.stop();
    expect(counters).toEqual({ captured: sent, received: sent, dropped: 0 });
    const record = 16 + 14 + 20 + 8 + 1400;
    const perFile = Math.floor((1_000_000 - 24) / record) + 1;
    const files = await place.files(spec.path);
    expect(files.map((file) => file.slice(-5))).toEqual(['pcap0', 'pcap1', 'pcap2']);
    const held = await Promise.all(files.map(async (file) => (await inspectPcapFile(file)).packets));
    // 4000 = 5 full files and a rest, and the rest lies in the sixth, which is the third of the ring.
    expect(held).toEqual([perFile, perFile, sent - 5 * perFile]);
  });

  it('captures without a time limit, and without a filter', async () => {
    await using place = await Workplace.create();
    const spec = without(place.spec({ filter: ' ' }), 'secondsLeft');
    const run = await place.runner.start(spec);
    await place.pod.ping(3);
    const end = await run.stop();
    expect(end.counters?.captured).toBeGreaterThanOrEqual(6);
    expect(await place.packets(spec)).toBe(end.counters?.captured);
  });

  it('captures in its own namespace where none is given', async () => {
    await using place = await Workplace.create();
    const own = { ...without(place.interface, 'networkNamespace'), device: place.pod.hostDevice };
    const spec = place.spec({ interface: own, filter: ECHO_REQUESTS });
    const run = await place.runner.start(spec);
    await place.pod.ping(4);
    expect((await run.stop()).counters?.captured).toBe(4);
  });

  it('sets the device to promiscuous mode only where that is asked for', async () => {
    await using place = await Workplace.create();
    const promiscuity = async () => /promiscuity (\d+)/.exec((await place.pod.run('ip', ['-d', 'link', 'show', 'eth0'])).stdout)?.[1];
    for (const promiscuous of [false, true]) {
      const run = await place.runner.start(place.spec({ promiscuous }));
      expect(await promiscuity()).toBe(promiscuous ? '1' : '0');
      await run.stop();
    }
  });

  it('has its last words whole, though its counters are asked for all the while', async () => {
    await using place = await Workplace.create();
    await Promise.all(Array.from({ length: 24 }, async () => {
      const run = await place.runner.start(place.spec());
      const over = new AbortController();
      const ended = run.stop().finally(() => over.abort());
      while (!over.signal.aborted) {
        await run.counters();
        await setImmediate();
      }
      expect(await ended).toMatchObject({ cause: 'stopped', counters: { dropped: 0 } });
    }));
  });

  it('loses nothing though tcpdump lags behind when it is stopped', async () => {
    await using place = await Workplace.create();
    const spec = place.spec({ filter: 'udp dst port 9' });
    const run = await place.runner.start(spec);
    process.kill(run.process.pid, 'SIGSTOP');
    await place.pod.sendUdp(1500, { bytes: 1400 });
    const ended = run.stop();
    await sleep(1500);
    process.kill(run.process.pid, 'SIGCONT');
    expect(await ended).toMatchObject({ cause: 'stopped', counters: { captured: 1500, received: 1500, dropped: 0 } });
    expect(await place.packets(spec)).toBe(1500);
  });
});

needed.describe('TcpdumpProcessRunner: how it ends', () => {
  it('escalates when tcpdump does not obey', async () => {
    await using place = await Workplace.create();
    const run = await place.runner.start(place.spec());
    process.kill(run.process.pid, 'SIGSTOP');
    expect(await run.stop()).toMatchObject({ cause: 'stopped', counters: undefined });
    expect(existsProcess(run.process)).toBe(false);
  });

  it('ends by its backstop when nobody else ends it', async () => {
    await using place = await Workplace.create();
    const spec = place.spec({ secondsLeft: 0, filter: ECHO_REQUESTS });
    const run = await place.runner.start(spec);
    await place.pod.ping(5);
    expect(await run.ended).toMatchObject({ cause: 'time-limit', counters: { captured: 5 } });
    expect(await place.packets(spec)).toBe(5);
  });

  it('takes a SIGTERM of somebody else for what it is', async () => {
    await using place = await Workplace.create();
    const run = await place.runner.start(place.spec());
    process.kill(run.process.pid, 'SIGTERM');
    expect(await run.ended).toMatchObject({ cause: 'killed', counters: { captured: expect.any(Number) as number } });
  });

  it('leaves nothing running, and a readable file, when its guard is killed', async () => {
    await using place = await Workplace.create();
    const spec = place.spec({ filter: ECHO_REQUESTS });
    const run = await place.runner.start(spec);
    await place.pod.ping(10);
    await untilCounted(run, 10);
    const [tcpdump, timeout] = await place.runner.findProcesses(spec.captureUid);
    expect(tcpdump).toEqual(run.process);
    process.kill(timeout?.pid ?? 0, 'SIGKILL');
    expect(await run.ended).toMatchObject({ cause: 'killed', counters: { captured: 10 } });
    expect(await place.runner.findProcesses(spec.captureUid)).toEqual([]);
    expect(await place.packets(spec)).toBe(10);
  });

  it('leaves nothing running, and a readable file, when its whole agent is killed', async () => {
    await using place = await Workplace.create();
    const spec = place.spec({ filter: ECHO_REQUESTS });
    const agent = spawn(process.execPath, [fileHere('run-until-killed.ts'), String(place.pod.pid), JSON.stringify({ ...spec, interface: undefined })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface(agent.stdout)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('capturing');
    await place.pod.ping(20);
    expect((await lines.next()).value).toBe('counted');
    const processes = await place.runner.findProcesses(spec.captureUid);
    expect(processes).toHaveLength(2);
    agent.kill('SIGKILL');
    await once(agent, 'exit');
    for (const one of processes) await untilGone(one);
    expect(await place.runner.findProcesses(spec.captureUid)).toEqual([]);
    expect(await place.packets(spec)).toBe(20);
  });

  it('knows that the interface disappeared, and keeps what came before', async () => {
    await using place = await Workplace.create();
    const spec = place.spec({ filter: ECHO_REQUESTS });
    const run = await place.runner.start(spec);
    await place.pod.ping(6);
    await untilCounted(run, 6);
    await place.pod.run('ip', ['link', 'del', 'eth0']);
    const end = await run.ended;
    expect(end).toMatchObject({ cause: 'interface-gone', counters: { captured: 6 } });
    expect(end.stderr).toContain('The interface disappeared');
    expect(await place.packets(spec)).toBe(6);
  });

  it('ends a process by identity only', async () => {
    await using place = await Workplace.create();
    const run = await place.runner.start(place.spec());
    await place.runner.endProcess({ ...run.process, startTime: '1' });
    await place.runner.endProcess({ ...run.process, bootId: 'another' });
    expect(existsProcess(run.process)).toBe(true);
    await place.runner.endProcess(run.process);
    expect(existsProcess(run.process)).toBe(false);
    expect((await run.ended).cause).toBe('killed');
  });

  it('ends a guard together with its tcpdump', async () => {
    await using place = await Workplace.create();
    const spec = place.spec({ filter: ECHO_REQUESTS });
    const run = await place.runner.start(spec);
    await place.pod.ping(8);
    const guard = (await place.runner.findProcesses(spec.captureUid))[1];
    if (!guard) throw new Error('there is no guard');
    await place.runner.endProcess(guard);
    expect(await run.ended).toMatchObject({ cause: 'killed', counters: { captured: 8 } });
    expect(await place.runner.findProcesses(spec.captureUid)).toEqual([]);
  });

  it('goes on counting on a full disk, so that only the file tells; and repairs the file', async () => {
    await using place = await Workplace.create();
    const small = join(place.folder, 'small');
    await mkdir(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=700', 'tmpfs', small]);
    try {
      const spec = place.spec({ path: join(small, 'n1.full.1700000000.pcap'), filter: 'udp dst port 9' });
      const run = await place.runner.start(spec);
      await place.pod.sendUdp(1000, { bytes: 1000 });
      const end = await run.stop();
      expect(end).toMatchObject({ cause: 'stopped', counters: { captured: 1000, dropped: 0 } });
      const found = await inspectPcapFile(`${spec.path}0`);
      expect(found.packets).toBeGreaterThan(200);
      expect(found.packets).toBeLessThan(260);
      expect(await tcpdumpCount(`${spec.path}0`)).toBe(found.packets);
    } finally {
      execFileSync('umount', [small]);
    }
  });
});

needed.describe('TcpdumpProcessRunner: its processes', () => {
  it('shows tcpdump no more of its environment than it needs, and is out of reach of a Ctrl-C', async () => {
    await using place = await Workplace.create();
    const spec = place.spec();
    const run = await place.runner.start(spec);
    const { pid } = run.process;
    expect(readFileSync(`/proc/${pid}/comm`, 'utf8').trim()).toBe('tcpdump');
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean).map((entry) => entry.split('=')[0]);
    expect(environment.sort()).toEqual(['LC_ALL', 'PATH', 'PCAPPER_CAPTURE']);
    expect(processGroup(pid)).not.toBe(processGroup(process.pid));
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Uid:\t0\t0\t0\t0$/m);
    await run.stop();
  });

  it('holds nothing open after 30 runs', async () => {
    await using place = await Workplace.create();
    const once_ = async () => {
      const run = await place.runner.start(place.spec());
      await run.counters();
      process.kill(run.process.pid, 'SIGTERM');
      await run.ended;
      await place.runner.compileFilter('tcp', 'EN10MB');
    };
    await once_();
    const before = readdirSync('/proc/self/fd').length;
    for (let round = 0; round < 30; round += 1) await once_();
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
  });

  it('starts with file descriptors of any number', async () => {
    await using place = await Workplace.create();
    const many = Array.from({ length: 60 }, () => openSync('/dev/null', 'r'));
    try {
      await using high = await podInterface(place.pod);
      expect(high.networkNamespace?.fd).toBeGreaterThan(60);
      const run = await place.runner.start(place.spec({ interface: high }));
      expect((await stat(`/proc/${run.process.pid}/ns/net`)).ino).toBe(Number(high.networkNamespace?.inode));
      await run.stop();
    } finally {
      many.forEach((fd) => closeSync(fd));
    }
  });
});

needed.describe('TcpdumpProcessRunner: what keeps it from starting', () => {
  const startOf = (place: Workplace, changes: Partial<RunSpec>, runner = place.runner) => {
    const spec = place.spec(changes);
    return {
      spec,
      started: runner.start(spec).then(
        async (run) => {
          await run.stop();
          return 'started';
        },
        (error: unknown) => error,
      ),
    };
  };

  const cases: [code: string, message: RegExp, changes: (place: Workplace) => Partial<RunSpec>][] = [
    ['InterfaceDisappeared', /nope0 disappeared/, (place) => ({ interface: { ...place.interface, device: 'nope0' } })],
    ['TcpdumpOption', /invalid snaplen 999999/, () => ({ snapLength: 999_999 })],
    ['TcpdumpOption', /invalid file size 0.5/, () => ({ maxFileSize: 500_000 })],
    ['TcpdumpOption', /invalid packet count 0/, () => ({ maxPackets: 0 })],
    ['FilterInvalid', /syntax error/, () => ({ filter: '-w /etc/passwd' })],
    ['FilterInvalid', /syntax error/, () => ({ filter: 'udp -z reboot' })],
    ['KernelFilter', /Kernel filter failed/, () => ({ filter: TOO_COMPLEX })],
    ['TcpdumpStartTimeout', /within 5 s/, () => ({ filter: TOO_SLOW })],
    ['CaptureFile', /not an absolute path/, () => ({ path: 'x.pcap' })],
    ['CaptureFile', /ENOENT/, (place) => ({ path: join(place.folder, 'missing', 'x.pcap') })],
    ['RequestInvalid', /uid of a capture/, () => ({ captureUid: 'a\0b' })],
    ['RequestInvalid', /uid of a capture/, () => ({ captureUid: '' })],
  ];
  for (const [code, message, changes] of cases) {
    it(`${code}: ${message.source}`, async () => {
      await using place = await Workplace.create();
      const { spec, started } = startOf(place, { path: join(place.folder, 'x.pcap'), captureUid: randomUUID(), ...changes(place) });
      const error = await started;
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
      expect(readdirSync(place.folder)).toEqual([]);
      if (code !== 'RequestInvalid') expect(await place.runner.findProcesses(spec.captureUid)).toEqual([]);
    });
  }

  it('InterfaceDown', async () => {
    await using place = await Workplace.create();
    await place.pod.run('ip', ['link', 'set', 'eth0', 'down']);
    expect(await startOf(place, {}).started).toMatchObject({ code: 'InterfaceDown' });
    expect(readdirSync(place.folder)).toEqual([]);
  });

  it('NamespaceNotEntered', async () => {
    await using place = await Workplace.create();
    const fd = openSync('/dev/null', 'r');
    const interface_ = { ...place.interface, networkNamespace: { fd, inode: 4026539999n } };
    expect(await startOf(place, { interface: interface_ }).started).toMatchObject({
      code: 'NamespaceNotEntered',
      message: expect.stringContaining('net:[4026539999]') as string,
    });
    closeSync(fd);
  });

  it('TcpdumpOption: a packet buffer that cannot be', async () => {
    await using place = await Workplace.create();
    const runner = new TcpdumpProcessRunner({ clock: new SystemClock() }, { bufferKibibytes: 99_999_999 });
    expect(await startOf(place, {}, runner).started).toMatchObject({ code: 'TcpdumpOption' });
  });

  it('CapturePermission: without CAP_NET_RAW', async () => {
    await using place = await Workplace.create();
    const spec = place.spec();
    const agent = spawn(
      'setpriv',
      ['--bounding-set', '-net_raw', '--inh-caps', '-net_raw', process.execPath, fileHere('run-until-killed.ts'), String(place.pod.pid), JSON.stringify({ ...spec, interface: undefined })],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const lines = createInterface(agent.stdout)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('CapturePermission');
    await once(agent, 'close');
  });

  it('FilterInvalid: a filter for another link type than the interface has', async () => {
    await using place = await Workplace.create();
    await using any = await podInterface(place.pod, 'any', 'EN10MB');
    expect(await startOf(place, { interface: any, filter: 'ether host 00:11:22:33:44:55' }).started).toMatchObject({ code: 'FilterInvalid' });
  });

  it('starts though the link type is another than was told, when the filter compiles for it', async () => {
    await using place = await Workplace.create();
    await using any = await podInterface(place.pod, 'any', 'EN10MB');
    expect(await startOf(place, { interface: any, filter: ECHO_REQUESTS }).started).toBe('started');
  });

  it('an abort on the way: it rejects with the reason, and leaves nothing', async () => {
    await using place = await Workplace.create();
    for (const wait of [0, 5, 10, 15, 300]) {
      const spec = place.spec({ filter: TOO_SLOW });
      const abort = new AbortController();
      const started = place.runner.start(spec, abort.signal);
      const reason = new Error(`after ${wait} ms`);
      setTimeout(() => abort.abort(reason), wait);
      await expect(started).rejects.toBe(reason);
      expect(await place.runner.findProcesses(spec.captureUid)).toEqual([]);
      expect(readdirSync(place.folder)).toEqual([]);
    }
  });

  for (const [program, debianPackage] of [['setpriv', 'util-linux'], ['timeout', 'coreutils'], ['nsenter', 'util-linux'], ['tcpdump', 'tcpdump']] as const) {
    it(`ProgramMissing: ${program}`, async () => {
      await using place = await Workplace.create();
      await using _path = await pathWithout(place, program);
      expect(await startOf(place, {}).started).toMatchObject({
        code: 'ProgramMissing',
        message: expect.stringMatching(new RegExp(`${program} was not found.*apt-get install -y ${debianPackage}`)) as string,
      });
    });
  }

  it('ProcessNotStarted: a program that may not be executed', async () => {
    await using place = await Workplace.create();
    await using _path = await pathWithout(place, 'tcpdump', 'not executable');
    expect(await startOf(place, {}).started).toMatchObject({ code: 'ProcessNotStarted', message: expect.stringContaining('tcpdump') as string });
  });

  it('a Pod that went before the start', async () => {
    const place = await Workplace.create();
    await place.pod.run('ip', ['link', 'del', 'eth0']);
    await place.pod.kill();
    expect(await startOf(place, {}).started).toMatchObject({ code: 'InterfaceDisappeared' });
    await place[Symbol.asyncDispose]();
  });
});

needed.describe('TcpdumpProcessRunner: a Pod that goes', () => {
  it('captures until the interface goes with the Pod', async () => {
    const pod = await TestPod.create();
    await using place = await Workplace.create();
    await using interface_ = await podInterface(pod);
    const run = await place.runner.start(place.spec({ interface: interface_ }));
    await pod[Symbol.asyncDispose]();
    expect((await run.ended).cause).toBe('interface-gone');
  });
});

function without<T extends object, K extends keyof T>(whole: T, key: K): Omit<T, K> {
  const rest = { ...whole };
  Reflect.deleteProperty(rest, key);
  return rest;
}

function fileHere(name: string): string {
  return join(import.meta.dirname, name);
}

function existsProcess({ pid, startTime }: ProcessIdentity): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[19] === startTime && fields[0] !== 'Z';
  } catch {
    return false;
  }
}

function processGroup(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2];
}

async function untilGone(process_: ProcessIdentity): Promise<void> {
  for (let tries = 0; existsProcess(process_); tries += 1) {
    if (tries > 400) throw new Error(`the process ${process_.pid} is still running after 20 s`);
    await sleep(50);
  }
}

async function untilCounted(run: { counters(): Promise<{ captured: number }> }, count: number): Promise<void> {
  for (let tries = 0; (await run.counters()).captured < count; tries += 1) {
    if (tries > 400) throw new Error(`${count} packets were not counted within 20 s`);
    await sleep(50);
  }
}

async function tcpdumpCount(file: string): Promise<number> {
  const { execa } = await import('execa');
  const { stdout } = await execa('tcpdump', ['-n', '-r', file], { lines: true });
  return stdout.length;
}

/** Lets this process find all programs but one. */
async function pathWithout(place: Workplace, program: string, how: 'missing' | 'not executable' = 'missing'): Promise<AsyncDisposable> {
  const { symlink, writeFile, rm } = await import('node:fs/promises');
  const folder = join(place.folder, 'bin');
  await mkdir(folder);
  const before = process.env['PATH'];
  for (const other of ['setpriv', 'timeout', 'nsenter', 'tcpdump']) {
    if (other !== program) await symlink(execFileSync('which', [other], { encoding: 'utf8' }).trim(), join(folder, other));
  }
  if (how === 'not executable') {
    await writeFile(join(folder, program), '');
    await chmod(join(folder, program), 0o600);
  }
  process.env['PATH'] = folder;
  return {
    async [Symbol.asyncDispose]() {
      if (before !== undefined) process.env['PATH'] = before;
      await rm(folder, { recursive: true });
    },
  };
}
