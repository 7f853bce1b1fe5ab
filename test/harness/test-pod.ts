import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { killAtExit } from './at-exit.ts';
import { joinCgroup } from './cgroup.ts';
import { type PodLink, plugIn, unplug } from './pod-link.ts';

export interface TestPodOptions {
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  /** Cgroup of its process. Default: as the kubelet's cgroupfs driver makes it. */
  readonly cgroup?: (uid: string, containerId: string) => string;
  /** Device on the node that its `eth0` is joined to. Default: a name of its own. */
  readonly hostDevice?: (pod: TestPodIdentity) => string;
}

/** What a CNI names devices by. */
export interface TestPodIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Of its sandbox. */
  readonly containerId: string;
}

/**
 * A Pod as far as packets go: a real process in a network namespace of its own and in a cgroup of the kubelet's shape,
 * with `eth0` (its default route) joined by a veth pair to a device in this process's network namespace.
 */
export class TestPod implements AsyncDisposable {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly address: string;
  /** Address of the other end of the veth pair, in this process's network namespace. It answers pings. */
  readonly hostAddress: string;
  readonly #options: TestPodOptions;
  #sandbox: Sandbox;

  static async create(options: TestPodOptions = {}): Promise<TestPod> {
    const uid = options.uid ?? randomUUID();
    const pod = { namespace: options.namespace ?? 'default', name: options.name ?? `pod-${uid.slice(0, 8)}`, uid };
    const at = await freeSubnet();
    const addresses = { address: at(2), hostAddress: at(1) };
    return new TestPod(options, pod, addresses, await openSandbox(pod, options, addresses));
  }

  private constructor(options: TestPodOptions, { namespace, name, uid }: Omit<TestPodIdentity, 'containerId'>, { address, hostAddress }: Addresses, sandbox: Sandbox) {
    this.namespace = namespace;
    this.name = name;
    this.uid = uid;
    this.address = address;
    this.hostAddress = hostAddress;
    this.#options = options;
    this.#sandbox = sandbox;
  }

  /** Device of the other end of the veth pair. */
  get hostDevice(): string {
    return this.#sandbox.hostDevice;
  }

  /** Its sandbox process. */
  get pid(): number {
    return this.#sandbox.process.pid ?? 0;
  }

  /** Runs a program inside the network namespace to its end; rejects when it fails. */
  run(program: string, argv: readonly string[]) {
    return execa('nsenter', [`--net=/proc/${this.pid}/ns/net`, program, ...argv]);
  }

  /** Sends that many ICMP echo requests (to the host end by default) and waits for the answers. */
  async ping(count: number, { to = this.hostAddress, interval = 0.01 } = {}): Promise<void> {
    await this.run('ping', ['-n', '-q', '-c', String(count), '-i', String(interval), '-W', '5', to]);
  }

  /** Sends that many UDP datagrams (to the host end by default), as fast as they go unless paused between. */
  async sendUdp(count: number, { to = this.hostAddress, port = 9, bytes = 100, pauseMs = 0 } = {}): Promise<void> {
    const script = `
      const [to, port, count, bytes, pause] = process.argv.slice(1);
      const socket = require('node:dgram').createSocket('udp4');
      const payload = Buffer.alloc(Number(bytes), 'pcapper.');
      (async () => {
        for (let i = 0; i < Number(count); i += 1) {
          await new Promise((resolve, reject) => socket.send(payload, Number(port), to, (e) => (e ? reject(e) : resolve())));
          if (Number(pause) > 0) await new Promise((resolve) => setTimeout(resolve, Number(pause)));
        }
        socket.close();
      })();`;
    await this.run(process.execPath, ['-e', script, to, String(port), String(count), String(bytes), String(pauseMs)]);
  }

  /** Ends its processes; the kernel then removes namespace and devices, unless a capture still holds them. */
  kill(): Promise<void> {
    return endSandbox(this.#sandbox);
  }

  /** A sandbox made anew for the same Pod, as the kubelet does it: another process, network namespace and `eth0`, here with the same addresses. */
  async renewSandbox(): Promise<void> {
    await this.kill();
    await unplug(this);
    this.#sandbox.cgroup[Symbol.dispose]();
    this.#sandbox = await openSandbox(this, this.#options, this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await unplug(this);
    this.#sandbox.cgroup[Symbol.dispose]();
  }
}

interface Sandbox {
  readonly process: ChildProcess;
  readonly cgroup: Disposable;
  readonly hostDevice: string;
}

type Addresses = Omit<PodLink, 'hostDevice'>;

const ofCgroupfsDriver = (podUid: string, container: string) => `/kubepods/burstable/pod${podUid}/${container}`;
const ofItsOwn = () => `pct${randomBytes(5).toString('hex')}`;

async function openSandbox({ namespace, name, uid }: Omit<TestPodIdentity, 'containerId'>, options: TestPodOptions, addresses: Addresses): Promise<Sandbox> {
  const { cgroup: cgroupOf = ofCgroupfsDriver, hostDevice: nameOf = ofItsOwn } = options;
  const containerId = randomBytes(32).toString('hex');
  const hostDevice = nameOf({ namespace, name, uid, containerId });
  const child = spawn('unshare', ['--net', 'sleep', '86400'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  killAtExit(child);
  const sandbox: Sandbox = { process: child, cgroup: joinCgroup(cgroupOf(uid, containerId), pid), hostDevice };
  try {
    await untilTrue(() => readlinkSync(`/proc/${pid}/ns/net`) !== readlinkSync('/proc/self/ns/net'));
    await plugIn(pid, { address: addresses.address, hostAddress: addresses.hostAddress, hostDevice });
    return sandbox;
  } catch (error) {
    await endSandbox(sandbox);
    sandbox.cgroup[Symbol.dispose]();
    throw error;
  }
}

async function endSandbox({ process: child }: Sandbox): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Addresses of a /30 of 198.18.0.0/15, the range for tests of network devices (RFC 2544), that nobody here uses. */
async function freeSubnet(): Promise<(host: number) => string> {
  for (;;) {
    const base = randomInt(0, 2 ** 15) * 4;
    const at = (host: number) => `198.${18 + (base >> 16)}.${(base >> 8) & 255}.${(base & 255) + host}`;
    const { stdout } = await execa('ip', ['-4', 'route', 'show', 'exact', `${at(0)}/30`]);
    if (stdout === '') return at;
  }
}

async function untilTrue(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (condition()) return;
    await sleep(10);
  }
  throw new Error('the sandbox did not get its network namespace within 5 s');
}
