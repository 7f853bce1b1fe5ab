import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, it } from 'vitest';
import { countPackets, ECHO_REQUEST } from '../../harness/packet-count.ts';
import { requires } from '../../harness/requirements.ts';
import { DemoProcess } from './demo-process.ts';

const SET_UP = join(import.meta.dirname, '..', '..', '..', 'scripts', 'set-up.mjs');

/** An ordinary user as the kernel sees it, who may write where the user of the tests may. */
const AS_ORDINARY_USER = ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--'];
const WITHOUT_CGROUPS = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs -o ro none /sys/fs/cgroup && exec "$@"', 'sh'];
const WITHOUT_USER_NAMESPACES = [
  ...['unshare', '--user', '--map-user=1000', '--map-group=1000', '--keep-caps', '--'],
  ...['sh', '-c', 'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --ambient-caps -all --inh-caps -all -- "$@"', 'sh'],
];
const WITHOUT_CAPABILITIES = ['setpriv', '--bounding-set', '-sys_admin,-net_admin', '--'];

interface Told {
  readonly captures: readonly {
    readonly files: readonly { readonly path: string; readonly bytes: number }[];
    readonly packets: { readonly captured: number };
  }[];
  readonly sent: { readonly icmpEchoRequests: number };
  readonly createToRunningMs: number;
}

/** What its last line tells is what the files hold, by tcpdump. */
async function expectTruth(demo: DemoProcess): Promise<void> {
  expect(await demo.ended(), demo.stderr).toBe(0);
  expect(demo.stdout.trimEnd().split('\n')).toHaveLength(1);
  const told = JSON.parse(demo.lastLine) as Told;
  expect(told).toEqual({
    captures: [
      {
        name: 'demo',
        progress: 'finished',
        reason: 'Stopped',
        node: 'demo-node',
        interface: 'eth0',
        files: [{ path: expect.stringMatching(/^\/.*\/captures\/.*\.pcap0$/) as string, bytes: expect.any(Number) as number }],
        packets: { captured: expect.any(Number) as number, received: told.captures[0]?.packets.captured, dropped: 0 },
      },
    ],
    sent: { icmpEchoRequests: 25 },
    createToRunningMs: expect.any(Number) as number,
  });
  expect(told.createToRunningMs).toBeGreaterThan(0);
  const { path = '', bytes } = told.captures[0]?.files[0] ?? {};
  expect(statSync(path).size).toBe(bytes);
  const holds = (filter: string) => countPackets(dirname(path), [basename(path)], filter);
  expect(await holds(ECHO_REQUEST)).toBe(25);
  expect(await holds('icmp[icmptype] == icmp-echoreply')).toBe(25);
  expect(await holds('tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn')).toBe(20);
  expect(await holds('udp')).toBe(0);
  // On a busy machine the kernel may send a segment of the 20 connections again.
  expect(await holds('tcp')).toBeGreaterThanOrEqual(200);
  expect(await holds('')).toBe(50 + (await holds('tcp')));
  expect(told.captures[0]?.packets.captured).toBe(await holds(''));
  expect(demo.stderr).toContain('The file holds exactly what was sent.');
  expect(demo.remains).toEqual([]);
}

requires('root', 'tcpdump', 'ip', 'ping', 'nsenter', 'cgroup', 'user-namespaces').describe('npm run demo', () => {
  beforeAll(async () => {
    await execa(process.execPath, [SET_UP, 'demo']);
  });

  it('captures, tells and keeps exactly what a Pod sent; the library finds the Pods by their cgroups', async () => {
    await using demo = new DemoProcess(['--json']);
    await expectTruth(demo);
    expect(demo.cgroups).toBeDefined();
  });

  it('does so as an ordinary user, with an InterfaceResolver of its own', async () => {
    await using demo = new DemoProcess(['--json'], { within: AS_ORDINARY_USER });
    await expectTruth(demo);
    expect(demo.stderr).toContain('an ordinary user cannot make cgroups');
  });

  it('does so as root where cgroups cannot be made', async () => {
    await using demo = new DemoProcess(['--json'], { within: WITHOUT_CGROUPS });
    await expectTruth(demo);
    expect(demo.stderr).toContain('cgroup');
    expect(demo.cgroups).toBeUndefined();
  });

  it.each([
    ['root', []],
    ['an ordinary user', AS_ORDINARY_USER],
  ] as const)('leaves nothing behind when it is interrupted as %s', async (_who, within) => {
    await using demo = new DemoProcess([], { within });
    await demo.says('pings');
    expect(demo.remains).not.toEqual([]);
    demo.kill('SIGINT');
    demo.kill('SIGINT');
    expect(await demo.ended(), demo.stderr).toBe(130);
    expect(demo.stdout).toContain('Interrupted (SIGINT)');
    expect(demo.remains).toEqual([]);
  });

  it('leaves no process behind when it is killed', async () => {
    await using demo = new DemoProcess([], { within: AS_ORDINARY_USER });
    await demo.says('pings');
    demo.kill('SIGKILL');
    await demo.ended();
    await expect.poll(() => demo.remains, { timeout: 20_000 }).toEqual([]);
  });

  it('says how to allow what the machine does not', async () => {
    await using user = new DemoProcess([], { within: WITHOUT_USER_NAMESPACES });
    expect(await user.ended()).toBe(1);
    expect(user.stderr).toContain('sudo sysctl -w user.max_user_namespaces=');
    await using root = new DemoProcess([], { within: WITHOUT_CAPABILITIES });
    expect(await root.ended()).toBe(1);
    expect(root.stderr).toContain('docker run --cap-add SYS_ADMIN --cap-add NET_ADMIN');
  });

  it('refuses an unknown option and names what is allowed', async () => {
    await using demo = new DemoProcess(['--jsno']);
    expect(await demo.ended()).toBe(2);
    expect(demo.stderr).toBe('Unknown option "--jsno". Allowed: --json, --help, as in: npm run demo -- --json\n');
    await using helped = new DemoProcess(['--help']);
    expect(await helped.ended()).toBe(0);
    expect(helped.stdout).toContain('--json');
  });
});
