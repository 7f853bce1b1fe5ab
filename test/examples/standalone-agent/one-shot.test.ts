import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { formatOrder } from '../../../src/api/one-shot/capture-order.ts';
import { oneShotIdentity } from '../../../src/api/one-shot/one-shot-identity.ts';
import type { CaptureManifest } from '../../../src/core/capture-manifest.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { AGENT_COMMAND } from '../../harness/agent-process.ts';
import { ECHO_REQUEST } from '../../harness/packet-count.ts';
import { requires } from '../../harness/requirements.ts';
import { tcpdumpsOf } from '../../harness/tcpdumps-of.ts';
import { OneShotWorld } from './one-shot-world.ts';

const NODE_TARGET = { kind: 'node', node: 'n1', interface: 'lo' } as const;
const NODE_ORDER = { request: { uid: 'u1', name: 'web', target: NODE_TARGET, filter: 'udp port 9', limits: { seconds: 1, maxFileSize: 1_000_000, fileCount: 2, snapLength: 1000 } }, target: NODE_TARGET };

const orderOf = (uid: string) => ({ ...NODE_ORDER, request: { ...NODE_ORDER.request, uid } });

/** The manifest of a capture, which is the only one here. */
function manifestIn(world: OneShotWorld): { readonly path: string; readonly manifest: CaptureManifest } {
  const path = join(world.hostmount.path, world.files.find((name) => name.endsWith('.json')) ?? 'none');
  return { path, manifest: JSON.parse(readFileSync(path, 'utf8')) as CaptureManifest };
}

requires('root', 'tcpdump', 'ip', 'ping', 'cgroup').describe('an agent in one-shot mode', () => {
  it('captures for the time it is given, is ready exactly meanwhile, and leaves the outcome', async () => {
    await using world = new OneShotWorld();
    const pod = await world.pod();
    const order = world.order(pod, { seconds: 4 });
    const process = world.start(order);
    expect(process.isReady).toBe(false);
    await process.capturing();
    expect(process.isReady).toBe(true);
    expect(await tcpdumpsOf(world.hostmount.path)).toBe(1);
    expect(world.reserved).toEqual([order.request.uid]);
    await pod.ping(5);
    expect(await process.exited()).toBe(0);
    expect(process.isReady).toBe(false);
    const { outcome } = process;
    expect(outcome).toMatchObject({ node: 'n1', progress: 'finished', reason: 'TimeLimit', packets: { captured: 10, dropped: 0 }, interface: 'eth0', gaps: [], gapCount: 0, wrapped: false });
    // By the wall clock, which goes a little other than the one that the time is measured by.
    expect(outcome.completionTime - (outcome.startTime ?? 0)).toBeGreaterThan(3_500);
    expect(await world.count(outcome, ECHO_REQUEST)).toBe(5);
    expect(outcome).toMatchObject({ fileCount: 1, totalBytes: outcome.files[0]?.bytes });
    // The same for people, in the log.
    expect(process.log.slice(-2)).toMatchObject([
      { level: 30, progress: 'finished', msg: outcome.message },
      { level: 30, hostmount: world.hostmount.path, files: outcome.files.map(({ name }) => name), msg: 'pcapper one-shot ends' },
    ]);
    expect(process.stderr).toBe('');
    // Named by node and capture; no lock, no reservation and no tcpdump is left.
    const identity = oneShotIdentity('n1', order.request.uid);
    expect(world.files.map((name) => name.replace(/\d{10}/, 'T'))).toEqual([`${identity}.web.T.json`, `${identity}.web.T.pcap0`]);
    expect(world.reserved).toEqual([]);
    expect(await tcpdumpsOf(world.hostmount.path)).toBe(0);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`is stopped by ${signal}, as finished, and nothing is lost`, async () => {
      await using world = new OneShotWorld();
      const pod = await world.pod();
      const process = world.start(world.order(pod));
      await process.capturing();
      await pod.ping(20);
      expect(await process.end(signal)).toBe(0);
      expect(process.outcome).toMatchObject({ progress: 'finished', reason: 'Stopped', packets: { captured: 40 }, gapCount: 0 });
      expect(await world.count(process.outcome, ECHO_REQUEST)).toBe(20);
      expect(process.isReady).toBe(false);
    });
  }

  it('is stopped before it captures: finished, with nothing', async () => {
    await using world = new OneShotWorld();
    const process = world.start(world.order(await world.pod()));
    await process.logged(({ msg }) => msg === 'pcapper one-shot starts');
    expect(await process.end('SIGTERM')).toBe(0);
    expect(process.outcome).toMatchObject({ progress: 'finished', reason: 'Stopped' });
    expect(await tcpdumpsOf(world.hostmount.path)).toBe(0);
  });

  it('is not ready while its target is between two sandboxes, and goes on', async () => {
    await using world = new OneShotWorld();
    const pod = await world.pod();
    const process = world.start(world.order(pod));
    await process.capturing();
    await pod.ping(3);
    await pod.kill();
    await eventually(() => !process.isReady);
    expect(await tcpdumpsOf(world.hostmount.path)).toBe(0);
    await pod.renewSandbox();
    await eventually(() => process.isReady);
    await pod.ping(4);
    expect(await process.end('SIGTERM')).toBe(0);
    expect(process.outcome).toMatchObject({ reason: 'Partial', gaps: [{ reason: 'the network of the target was replaced' }], fileCount: 2 });
    expect(await world.count(process.outcome, ECHO_REQUEST)).toBe(7);
  });

  it('that is killed is gone on with by the next one, for the time left; the gap is told, and the end again to whoever asks again', async () => {
    await using world = new OneShotWorld();
    const pod = await world.pod();
    const order = world.order(pod, { seconds: 20 });
    const first = world.start(order);
    await first.capturing();
    await pod.ping(5);
    // A kill may cost what is not in the files yet.
    await eventually(async () => (await world.count({ files: world.pcapFiles }, ECHO_REQUEST)) === 5);
    await first.end('SIGKILL');
    await eventually(async () => (await tcpdumpsOf(world.hostmount.path)) === 0);
    expect(first.terminationMessage).toBe('');

    const second = world.start(order);
    await second.capturing();
    expect(second.isReady).toBe(true);
    await pod.ping(6);
    expect(await second.exited()).toBe(0);
    const { outcome } = second;
    expect(outcome).toMatchObject({ progress: 'finished', reason: 'Partial', packets: { captured: 22 }, gaps: [{ reason: 'the agent was restarted' }], gapCount: 1, fileCount: 2 });
    expect(await world.count(outcome, ECHO_REQUEST)).toBe(11);
    const lasted = outcome.completionTime - (outcome.startTime ?? 0);
    expect(lasted).toBeGreaterThanOrEqual(19_900);
    expect(lasted).toBeLessThan(25_000);

    const third = world.start(order);
    expect(await third.exited()).toBe(0);
    expect(third.outcome).toEqual(outcome);
    expect(world.files.filter((name) => name.startsWith('.'))).toEqual([]);
    expect(world.reserved).toEqual([]);
  });

  it('is alone at its capture: another one waits for its end, and tells that', async () => {
    await using world = new OneShotWorld();
    const pod = await world.pod();
    const order = world.order(pod);
    const first = world.start(order);
    await first.capturing();
    const second = world.start(order);
    await second.logged(({ msg }) => msg === 'pcapper one-shot starts');
    await pod.ping(4);
    // Longer than a resident agent would wait.
    await sleep(5000);
    expect(await tcpdumpsOf(world.hostmount.path)).toBe(1);
    expect(await first.end('SIGTERM')).toBe(0);
    expect(first.outcome).toMatchObject({ reason: 'Stopped', packets: { captured: 8 }, gapCount: 0 });
    expect(await second.exited()).toBe(0);
    expect(second.outcome).toEqual(first.outcome);
    expect(world.files.filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('fails when its disk is refused, with the numbers', async () => {
    await using world = new OneShotWorld();
    const process = world.start(world.order(await world.pod(), { maxFileSize: 20_000_000, fileCount: 10 }));
    expect(await process.exited()).toBe(1);
    expect(process.outcome).toMatchObject({ progress: 'failure', reason: 'DiskBudgetExceeded', packets: { captured: 0 }, fileCount: 0 });
    expect(process.outcome.message).toMatch(/^The capture asks for 19\d MB, but of MAX_TOTAL_FILESIZE 64 MB .* used and .* reserved\. .*raise MAX_TOTAL_FILESIZE \(in code: maxTotalFileSize\)\.$/);
    expect(process.outcome.startTime).toBeUndefined();
    expect(process.isReady).toBe(false);
    expect(world.files).toEqual([]);
  });

  it("fails when its filter does not compile, in tcpdump's own words", async () => {
    await using world = new OneShotWorld();
    const process = world.start(world.order(await world.pod(), {}, { filter: 'tcp port' }));
    expect(await process.exited()).toBe(1);
    expect(process.outcome).toMatchObject({ progress: 'failure', reason: 'FilterInvalid' });
    expect(process.outcome.message).toMatch(/^The capture filter "tcp port" does not compile for link type EN10MB: .*syntax error/);
  });

  it('fails when its Pod is not there', async () => {
    await using world = new OneShotWorld();
    const pod = await world.pod();
    await pod.kill();
    const process = world.start(world.order(pod));
    expect(await process.exited()).toBe(1);
    expect(process.outcome).toMatchObject({ progress: 'failure', reason: 'PodNotFound' });
  });

  it('has an outcome of less than 4096 bytes, whatever there is to tell', async () => {
    await using world = new OneShotWorld();
    const order = world.order(await world.pod(), {}, { filter: `icmp ${'and icmp '.repeat(450)}and (` });
    const first = world.start(order);
    expect(await first.exited()).toBe(1);
    expect(first.outcome).toMatchObject({ reason: 'FilterInvalid', message: expect.stringContaining('syntax error') as string });

    const made = world.start(world.order(await world.pod('other'), { maxPackets: 1, seconds: 1 }, { uid: 'much' }));
    expect(await made.exited()).toBe(0);
    // As it would be after 1000 files, and with all that tcpdump can say.
    const { path, manifest } = manifestIn(world);
    if (manifest.state.kind !== 'closed') throw new Error('not closed');
    const files = Array.from({ length: 1000 }, (_, index) => ({ name: `${manifest.id}.pcap${String(index).padStart(3, '0')}`, bytes: 99_000_000 }));
    const state = { ...manifest.state, result: { ...manifest.state.result, progress: 'failure', reason: 'TcpdumpFailed', files, message: `tcpdump: ${'"ä\n\u0000"'.repeat(700)}` } };
    writeFileSync(path, JSON.stringify({ ...manifest, state }));
    const process = world.start({ request: manifest.request, target: manifest.target });
    expect(await process.exited()).toBe(1);
    expect(Buffer.byteLength(process.terminationMessage)).toBeLessThan(4096);
    expect(process.outcome).toMatchObject({ progress: 'failure', reason: 'TcpdumpFailed', fileCount: 1000, totalBytes: 99_000_000_000 });
    expect(process.outcome.files.length).toBeGreaterThan(0);
  });

  it('removes what others left longer ago than KEEP_FILES_HOURS, and only that', async () => {
    await using world = new OneShotWorld();
    const ended = async (uid: string) => {
      const process = world.start(orderOf(uid));
      expect(await process.exited()).toBe(0);
      return oneShotIdentity('n1', uid);
    };
    const old = await ended('old');
    const { path, manifest } = manifestIn(world);
    if (manifest.state.kind !== 'closed') throw new Error('not closed');
    const at = { at: Date.now() - 3_601_000, uptime: 1, bootId: 'another boot' };
    writeFileSync(path, JSON.stringify({ ...manifest, state: { ...manifest.state, at } }));
    const young = await ended('young');
    expect(world.files.some((name) => name.startsWith(old))).toBe(true);
    const process = world.start(orderOf('third'), { KEEP_FILES_HOURS: '1' });
    expect(await process.exited()).toBe(0);
    expect(world.files.filter((name) => name.startsWith(old))).toEqual([]);
    expect(world.files.filter((name) => name.startsWith(young))).toHaveLength(2);
    expect(process.log.filter(({ uid }) => uid === 'old').map(({ msg }) => msg)).toEqual(['files of an earlier one-shot were kept long enough, and removed']);
  });
});

requires('root', 'tcpdump').describe('an agent in one-shot mode that is told nonsense', () => {
  const text = formatOrder(NODE_ORDER);
  const WRONG: readonly (readonly [what: string, order: string, environment: Readonly<Record<string, string>>, says: RegExp])[] = [
    ['no order', '', {}, /^CAPTURE_ORDER is not set; it must be the order of a capture\./],
    ['an order that is no JSON', '{', {}, /^CAPTURE_ORDER is wrong\. The order of the capture cannot be read: /],
    ['a limit that cannot be', text.replace('"fileCount":2', '"fileCount":0'), {}, /^CAPTURE_ORDER is wrong\. limits\.fileCount is "0"\. It must be a whole number from 1 to 1000/],
    ['another node', text, { NODE_NAME: 'n2' }, /^target\.node is "n1"\. It must be the node of this engine, "n2"\.$/],
    ['settings that are wrong', text, { NODE_NAME: '', MAX_TOTAL_FILESIZE: 'plenty' }, /^NODE_NAME is not set.* MAX_TOTAL_FILESIZE is "plenty"/],
    ['a file where none can be', text, { READY_FILE: '/proc/none/capturing' }, /^READY_FILE is "\/proc\/none\/capturing", and no file can be made there: /],
  ];
  for (const [what, order, environment, says] of WRONG) {
    it(`(${what}) ends with 2 and says so`, async () => {
      await using world = new OneShotWorld();
      const process = world.start(order, environment);
      expect(await process.exited()).toBe(2);
      expect(process.outcome).toMatchObject({ node: environment['NODE_NAME'] ?? 'n1', progress: 'failure', message: expect.stringMatching(says) as string });
      expect(process.stderr).toBe(`${process.outcome.message}\n`);
      expect(process.log.at(-1)).toMatchObject({ level: 60, code: process.outcome.reason, msg: process.outcome.message });
      expect(world.files).toEqual([]);
    });
  }

  it('(an option) ends with 2 and says so', async () => {
    await using world = new OneShotWorld();
    const process = world.start(text, {}, [...AGENT_COMMAND, '--sauce']);
    expect(await process.exited()).toBe(2);
    expect(process.outcome.message).toMatch(/^The command line of the agent is wrong\. Unknown option '--sauce'\. The options are: --once, --help\./);
  });

  it('(a folder that is not there) ends with 1 and says so', async () => {
    await using world = new OneShotWorld();
    const process = world.start(text, { HOSTMOUNT: '/none' });
    expect(await process.exited()).toBe(1);
    expect(process.outcome).toMatchObject({ reason: 'Hostmount', message: expect.stringContaining('it does not exist') as string });
  });

  it('works without a kubelet, and makes no file where none is', async () => {
    await using world = new OneShotWorld();
    const log = join(world.hostmount.path, 'none');
    const process = world.start(text, { TERMINATION_LOG: log });
    expect(await process.exited()).toBe(0);
    expect(world.files).not.toContain('none');
  });
});

describe('the help of the agent', () => {
  it('has the one-shot mode', async () => {
    const { stdout } = await execa(AGENT_COMMAND[0] ?? '', [...AGENT_COMMAND.slice(1), '--help']);
    expect(stdout).toMatch(/^With --once it makes one capture and ends.*NODE_NAME.*KEEP_FILES_HOURS/m);
    for (const variable of ['CAPTURE_ORDER', 'READY_FILE', 'TERMINATION_LOG']) expect(stdout).toContain(`  ${variable} `);
  });
});
