import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, fstatSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import type { ClaimedPod } from '../../../src/core/capture-target.ts';
import {
  HostNetworkRefusedError,
  HostPidMissingError,
  InterfaceNameInvalidError,
  InterfaceNotFoundError,
  NoDefaultRouteError,
  PodNotFoundError,
  TargetNotServedError,
} from '../../../src/core/errors/index.ts';
import { PodNetworkNamespaceResolver } from '../../../src/strategies/interface/pod-network-namespace-resolver.ts';
import { ProcFs } from '../../../src/strategies/interface/proc-fs.ts';
import { interfaceResolverContract } from '../../../src/testing/interface-resolver-contract.ts';
import { joinCgroup } from '../../harness/cgroup.ts';
import { requires } from '../../harness/requirements.ts';
import { TestPod } from '../../harness/test-pod.ts';
import { FixtureProc, type FixtureProcess, NODE_PROCESSES } from './fixture-proc.ts';
import { quickClock } from './quick-clock.ts';

const container = 'c'.repeat(64);

function claimed(uid: string, more: Partial<ClaimedPod> = {}): ClaimedPod {
  return { kind: 'pod', namespace: 'shop', name: 'web-1', uid, cgroupUid: uid, hostNetwork: false, ...more };
}

/** The same for a real one. */
function targetOf(pod: TestPod, more: Partial<ClaimedPod> = {}): ClaimedPod {
  return claimed(pod.uid, { namespace: pod.namespace, name: pod.name, ...more });
}

function inodeOfNetwork(fixture: FixtureProc, network: string): bigint {
  return statSync(join(fixture.root, 'networks', network, 'inode'), { bigint: true }).ino;
}

/** File descriptors of this process that are network namespaces of that inode. */
function openDescriptors(inode: bigint): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === `net:[${inode}]`;
    } catch {
      return false;
    }
  }).length;
}

describe('the network namespace of a Pod, by what procfs shows', () => {
  const uid = randomUUID();
  const cgroup = `0::/kubepods.slice/kubepods-pod${uid.replaceAll('-', '_')}.slice`;
  const inContainer = `${cgroup}/cri-containerd-${container}.scope\n`;

  async function inodeFor(processes: readonly FixtureProcess[], network: string): Promise<void> {
    using fixture = new FixtureProc([...NODE_PROCESSES, ...processes]);
    const resolver = new PodNetworkNamespaceResolver(quickClock, { proc: fixture.proc });
    await using resolved = await resolver.resolve(claimed(uid));
    expect(resolved.networkNamespace?.inode).toBe(inodeOfNetwork(fixture, network));
    expect(resolved.device).toBe('eth0');
  }

  it('is never the one of conmon, which is the first process of the Pod and has the network of the node', () =>
    inodeFor(
      [
        { pid: 100, comm: 'conmon', cgroup: `${cgroup}/crio-conmon-${container}.scope\n`, startTime: 5 },
        { pid: 101, comm: 'conmon', cgroup: `${cgroup}/crio-${container}.scope\n`, startTime: 5, network: 'elsewhere' },
        { pid: 102, comm: 'runc', cgroup: inContainer, startTime: 5 },
        { pid: 103, cgroup: `${cgroup}/crio-${container}.scope/container\n`, startTime: 900, network: 'mine' },
      ],
      'mine',
    ));

  it('is not the one of a zombie', () =>
    inodeFor(
      [
        { pid: 100, cgroup: inContainer, state: 'Z', startTime: 5, network: 'former' },
        { pid: 101, cgroup: inContainer, network: 'mine' },
      ],
      'mine',
    ));

  it('is the one of the oldest process, whatever its pid and however many run in others', () =>
    inodeFor(
      [
        { pid: 100, cgroup: inContainer, startTime: 2000, network: 'nested' },
        { pid: 101, cgroup: inContainer, startTime: 2001, network: 'nested' },
        { pid: 102, cgroup: inContainer, startTime: 2002, network: 'nested' },
        { pid: 900, cgroup: inContainer, startTime: 1500, network: 'mine' },
      ],
      'mine',
    ));

  it('is not the one of a Pod within the Pod, though that has a pause process and older ones', () =>
    inodeFor(
      [
        { pid: 100, comm: 'pause', cgroup: `${cgroup}/x.scope/kubepods/pod${randomUUID()}/${container}\n`, startTime: 5, network: 'nested' },
        { pid: 101, comm: 'pause', cgroup: inContainer, parent: 102, startTime: 1600, network: 'decoy' },
        { pid: 102, comm: 'dockerd', cgroup: inContainer, startTime: 1500, network: 'mine' },
      ],
      'mine',
    ));

  it('is the one of the pause process that the runtime started', () =>
    inodeFor(
      [
        { pid: 60, comm: 'containerd-shim', cgroup: '0::/system.slice/containerd.service\n' },
        { pid: 100, comm: 'x', cgroup: inContainer, parent: 60, startTime: 1500, network: 'nested' },
        { pid: 101, comm: 'pause', cgroup: inContainer, parent: 60, startTime: 1500, network: 'mine' },
      ],
      'mine',
    ));

  it('is found through names that only look odd', () =>
    inodeFor([{ pid: 100, comm: 'a) S 1 (b', cgroup: inContainer, network: 'mine' }], 'mine'));

  it('is not the node\'s, even if all its processes are there', async () => {
    using fixture = new FixtureProc([...NODE_PROCESSES, { pid: 100, cgroup: inContainer }]);
    const resolver = new PodNetworkNamespaceResolver(quickClock, { proc: fixture.proc });
    await expect(resolver.resolve(claimed(uid))).rejects.toThrow(PodNotFoundError);
    await expect(resolver.resolve(claimed(uid))).rejects.toThrow(/Pod shop\/web-1 with a network namespace of its own .*\(2 processes/);
  });

  it('is refused for hostNetwork, unless the agent allows it', async () => {
    using fixture = new FixtureProc([
      ...NODE_PROCESSES,
      { pid: 99, cgroup: inContainer, startTime: 5, network: 'its own' },
      { pid: 100, cgroup: inContainer },
    ]);
    const target = claimed(uid, { hostNetwork: true });
    await expect(new PodNetworkNamespaceResolver(quickClock, { proc: fixture.proc }).resolve(target)).rejects.toThrow(HostNetworkRefusedError);

    const allowed = new PodNetworkNamespaceResolver(quickClock, { proc: fixture.proc, allowHostNetwork: true });
    {
      await using resolved = await allowed.resolve(target);
      // The agent is there already.
      expect(resolved.networkNamespace).toBeUndefined();
      expect(resolved.device).toBe('eth0');
      const gone = once(resolved.gone, 'abort');
      fixture.end(100);
      await gone;
    }
    await expect(allowed.resolve(target)).rejects.toThrow(PodNotFoundError);
  });

  it('is gone with a process that nobody has waited for', async () => {
    using fixture = new FixtureProc([...NODE_PROCESSES, { pid: 100, cgroup: inContainer, network: 'mine' }]);
    await using resolved = await new PodNetworkNamespaceResolver(quickClock, { proc: fixture.proc }).resolve(claimed(uid));
    const gone = once(resolved.gone, 'abort');
    fixture.end(100);
    fixture.add({ pid: 100, cgroup: inContainer, network: 'mine', state: 'Z' });
    await gone;
  });

  it('of an agent elsewhere is entered for hostNetwork too', async () => {
    using fixture = new FixtureProc([
      { pid: 1, cgroup: '0::/init.scope\n' },
      { pid: 'self', cgroup: '0::/\n', network: 'agent' },
      { pid: 100, cgroup: inContainer },
    ]);
    const resolver = new PodNetworkNamespaceResolver(quickClock, { proc: fixture.proc, allowHostNetwork: true });
    await using resolved = await resolver.resolve(claimed(uid, { hostNetwork: true }));
    expect(resolved.networkNamespace?.inode).toBe(inodeOfNetwork(fixture, 'node'));
  });

  it('cannot be found without hostPID, and says so', async () => {
    using fixture = new FixtureProc(NODE_PROCESSES, { pidNamespace: 'pid:[4026532900]' });
    await expect(new PodNetworkNamespaceResolver(quickClock, { proc: fixture.proc }).resolve(claimed(uid))).rejects.toThrow(HostPidMissingError);
  });

  it('that is not there is not blamed on hostPID outside of a Pod', async () => {
    using fixture = new FixtureProc(NODE_PROCESSES, { pidNamespace: 'pid:[4026532900]' });
    const proc = new ProcFs(fixture.root, false);
    await expect(new PodNetworkNamespaceResolver(quickClock, { proc }).resolve(claimed(uid))).rejects.toThrow(PodNotFoundError);
  });

  /** As /proc is when a process ends, and another gets its pid, at the worst moment. */
  class TreacherousProc extends ProcFs {
    betray: (() => void) | undefined;
    override networkNamespace(pid: number | 'self'): bigint | undefined {
      const inode = super.networkNamespace(pid);
      if (pid === 100) {
        this.betray?.();
        this.betray = undefined;
      }
      return inode;
    }
  }

  it.each([
    ['has ended', undefined],
    ['has ended, and its pid is another Pod\'s', { pid: 100, cgroup: `0::/kubepods/pod${randomUUID()}/x\n`, startTime: 7000, network: 'other' }],
    ['has ended, and its pid is the node\'s', { pid: 100, cgroup: '0::/system.slice/sshd.service\n', startTime: 7000 }],
    ['is the same by pid, Pod and start, but elsewhere', { pid: 100, cgroup: inContainer, startTime: 500, network: 'other' }],
  ])('is not taken from a process that %s between being found and being opened', async (_, successor: FixtureProcess | undefined) => {
    using fixture = new FixtureProc([
      ...NODE_PROCESSES,
      { pid: 100, cgroup: inContainer, startTime: 500, network: 'mine' },
      { pid: 101, cgroup: inContainer, startTime: 400 + 101, network: 'mine' },
    ]);
    const proc = new TreacherousProc(fixture.root);
    proc.betray = () => {
      fixture.end(100);
      if (successor) fixture.add(successor);
      if (successor?.network === 'other') fixture.end(101);
    };
    const resolver = new PodNetworkNamespaceResolver(quickClock, { proc });
    const found = resolver.resolve(claimed(uid)).then(async (resolved) => {
      const { inode } = resolved.networkNamespace ?? {};
      await resolved[Symbol.asyncDispose]();
      return inode;
    });
    if (successor?.network !== 'other') expect(await found).toBe(inodeOfNetwork(fixture, 'mine'));
    else if (successor.cgroup === inContainer) expect(await found).toBe(inodeOfNetwork(fixture, 'other'));
    else await expect(found).rejects.toThrow(PodNotFoundError);
  });
});

requires('root', 'ip', 'nsenter', 'cgroup').describe('the network namespace of a Pod', () => {
  const resolver = new PodNetworkNamespaceResolver(quickClock);

  describe('keeps the contract', () => {
    interfaceResolverContract(it, async () => {
      const pod = await TestPod.create();
      return {
        resolver,
        served: targetOf(pod),
        refused: { kind: 'node', node: 'n1', interface: 'lo' },
        goAway: () => pod.kill(),
        [Symbol.asyncDispose]: () => pod[Symbol.asyncDispose](),
      };
    });
  });

  const underscored = (uid: string) => uid.replaceAll('-', '_');
  it.each<[string, (uid: string, id: string) => string]>([
    ['the cgroupfs driver', (uid, id) => `/kubepods/besteffort/pod${uid}/${id}`],
    ['the systemd driver', (uid, id) => `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${underscored(uid)}.slice/cri-containerd-${id}.scope`],
    ['CRI-O', (uid, id) => `/kubepods.slice/kubepods-pod${underscored(uid)}.slice/crio-${id}.scope/container`],
    ['Docker', (uid, id) => `/kubepods.slice/kubepods-pod${underscored(uid)}.slice/docker-${id}.scope`],
    ['kind', (uid, id) => `/docker/${id}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${underscored(uid)}.slice/cri-containerd-${id}.scope`],
  ])('is found in the cgroup of %s', async (_, cgroup) => {
    await using pod = await TestPod.create({ cgroup });
    await using resolved = await resolver.resolve(targetOf(pod));
    expect(readlinkSync(`/proc/self/fd/${resolved.networkNamespace?.fd}`)).toBe(readlinkSync(`/proc/${pod.pid}/ns/net`));
    expect(resolved.networkNamespace?.inode).toBe(statSync(`/proc/${pod.pid}/ns/net`, { bigint: true }).ino);
  });

  it('of a static Pod is found by the hash of its configuration', async () => {
    const hash = randomUUID().replaceAll('-', '');
    await using pod = await TestPod.create({ cgroup: (_, id) => `/kubepods/burstable/pod${hash}/${id}` });
    await using resolved = await resolver.resolve(targetOf(pod, { cgroupUid: hash }));
    expect(resolved.networkNamespace?.inode).toBe(statSync(`/proc/${pod.pid}/ns/net`, { bigint: true }).ino);
    await expect(resolver.resolve(targetOf(pod))).rejects.toThrow(PodNotFoundError);
  });

  it('is the Pod\'s own among several Pods\', and is told from what a container made within', async () => {
    await using one = await TestPod.create();
    await using two = await TestPod.create();
    await using nested = await Process.start(['unshare', '--net', 'sleep', '86400'], `/kubepods/burstable/pod${one.uid}/${container}`);
    await nested.untilRunning('sleep');
    for (const pod of [one, two]) {
      await using resolved = await resolver.resolve(targetOf(pod));
      expect(resolved.networkNamespace?.inode).toBe(statSync(`/proc/${pod.pid}/ns/net`, { bigint: true }).ino);
    }
  });

  it('is that of its pause process at the first hit', async () => {
    await using pod = await TestPod.create();
    const folder = mkdtempSync(join(tmpdir(), 'pcapper-pause-'));
    try {
      copyFileSync('/bin/sleep', join(folder, 'pause'));
      // This one is the sandbox of a younger Pod of the same uid: certain at once, so nothing else is looked at.
      await using pause = await Process.start(['unshare', '--net', join(folder, 'pause'), '86400'], `/kubepods/burstable/pod${pod.uid}/${container}`);
      await pause.untilRunning('pause');
      await using resolved = await resolver.resolve(targetOf(pod, { interface: 'lo' }));
      expect(resolved.networkNamespace?.inode).toBe(statSync(`/proc/${pause.pid}/ns/net`, { bigint: true }).ino);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has the device of the default route, the one that was asked for, or any', async () => {
    await using pod = await TestPod.create();
    await pod.run('ip', ['link', 'add', 'net1', 'type', 'bridge']);
    const device = async (wanted?: string) => {
      await using resolved = await resolver.resolve(targetOf(pod, wanted === undefined ? {} : { interface: wanted }));
      return `${resolved.device} ${resolved.linkType}`;
    };
    expect(await device()).toBe('eth0 EN10MB');
    expect(await device('net1')).toBe('net1 EN10MB');
    expect(await device('lo')).toBe('lo EN10MB');
    expect(await device('any')).toBe('any LINUX_SLL2');
    await pod.run('ip', ['link', 'set', 'net1', 'up']);
    await pod.run('ip', ['addr', 'add', '10.9.0.1/24', 'dev', 'net1']);
    await pod.run('ip', ['route', 'replace', 'default', 'via', '10.9.0.2', 'dev', 'net1']);
    expect(await device()).toBe('net1 EN10MB');
    await pod.run('ip', ['route', 'del', 'default']);
    await pod.run('ip', ['-6', 'addr', 'add', 'fd00:9::1/64', 'dev', 'eth0', 'nodad']);
    await pod.run('ip', ['-6', 'route', 'add', 'default', 'via', 'fd00:9::2', 'dev', 'eth0']);
    expect(await device()).toBe('eth0 EN10MB');
  });

  it('is refused with a reason, and nothing stays open', async () => {
    await using pod = await TestPod.create();
    const { ino } = statSync(`/proc/${pod.pid}/ns/net`, { bigint: true });
    const refusal = (more: Partial<ClaimedPod>) => resolver.resolve(targetOf(pod, more));
    await expect(refusal({ interface: 'net7' })).rejects.toThrow(InterfaceNotFoundError);
    await expect(refusal({ interface: 'net7' })).rejects.toThrow(/"net7" in Pod default\/pod-\w+\. It has: .*eth0/);
    for (const name of ['1', 'nflog', '-w', '../eth0', '']) {
      await expect(refusal({ interface: name })).rejects.toThrow(InterfaceNameInvalidError);
    }
    await expect(refusal({ hostNetwork: true })).rejects.toThrow(HostNetworkRefusedError);
    await expect(refusal({ cgroupUid: randomUUID() })).rejects.toThrow(PodNotFoundError);
    await expect(resolver.resolve({ kind: 'node', node: 'n1', interface: 'lo' })).rejects.toThrow(TargetNotServedError);
    await pod.run('ip', ['route', 'del', 'default']);
    await expect(refusal({})).rejects.toThrow(NoDefaultRouteError);
    expect(openDescriptors(ino)).toBe(0);
  });

  it('stays open when the Pod dies, for as long as it is held', async () => {
    await using pod = await TestPod.create();
    const { ino } = statSync(`/proc/${pod.pid}/ns/net`, { bigint: true });
    const resolved = await resolver.resolve(targetOf(pod));
    await pod.kill();
    const fd = resolved.networkNamespace?.fd ?? -1;
    expect(fstatSync(fd, { bigint: true }).ino).toBe(ino);
    await resolved[Symbol.asyncDispose]();
    expect(openDescriptors(ino)).toBe(0);
  });

  it('is never another\'s, while the Pod dies under the search', async () => {
    for (let round = 0; round < 20; round += 1) {
      await using pod = await TestPod.create();
      const { ino } = statSync(`/proc/${pod.pid}/ns/net`, { bigint: true });
      const search = resolver.resolve(targetOf(pod)).then(
        async (resolved) => {
          expect(resolved.networkNamespace?.inode).toBe(ino);
          await resolved[Symbol.asyncDispose]();
        },
        (error: unknown) => expect([PodNotFoundError, NoDefaultRouteError]).toContain((error as Error).constructor),
      );
      await Promise.all([search, pod.kill()]);
      expect(openDescriptors(ino)).toBe(0);
    }
  });

  it('is not gone while the Pod\'s containers restart in it, and is gone after the last of them', async () => {
    await using pod = await TestPod.create();
    const inPod = () => Process.start(['nsenter', `--net=/proc/${pod.pid}/ns/net`, 'sleep', '86400'], `/kubepods/burstable/pod${pod.uid}/${container}`);
    await using first = await inPod();
    await first.untilRunning('sleep');
    await using resolved = await resolver.resolve(targetOf(pod));

    await using second = await inPod();
    await second.untilRunning('sleep');
    await first.kill();
    await pod.kill();
    // Proof that the watch has looked since: it goes by a clock that sleeps 20 ms at most.
    await looks(50);
    expect(resolved.gone.aborted).toBe(false);

    const gone = once(resolved.gone, 'abort');
    await second.kill();
    await gone;
    expect(resolved.gone.reason).toMatch(/^Pod default\/pod-\w+ is gone: .*\.$/);
  });

  it('is gone when the sandbox is made anew under the same uid, which then resolves to the new one', async () => {
    const uid = randomUUID();
    await using old = await TestPod.create({ uid });
    await using before = await resolver.resolve(targetOf(old));
    await using fresh = await TestPod.create({ uid });
    const gone = once(before.gone, 'abort');
    await old.kill();
    await gone;
    await using after = await resolver.resolve(targetOf(fresh));
    expect(after.networkNamespace?.inode).toBe(statSync(`/proc/${fresh.pid}/ns/net`, { bigint: true }).ino);
    expect(after.networkNamespace?.inode).not.toBe(before.networkNamespace?.inode);
  });

  it('is watched in the background, every second, and no more once disposed', async () => {
    const sleeps: { ms: number; background: boolean | undefined; signal: AbortSignal | undefined }[] = [];
    const clock = {
      ...quickClock,
      sleep: (ms: number, signal?: AbortSignal, options?: { readonly background?: boolean }) => {
        sleeps.push({ ms, background: options?.background, signal });
        return new Promise<void>((_, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('aborted')));
        });
      },
    };
    await using pod = await TestPod.create();
    const resolved = await new PodNetworkNamespaceResolver(clock).resolve(targetOf(pod));
    expect(sleeps).toMatchObject([{ ms: 1000, background: true }]);
    await resolved[Symbol.asyncDispose]();
    expect(sleeps[0]?.signal?.aborted).toBe(true);
    await looks(5);
    expect(sleeps).toHaveLength(1);
  });

  it('does not keep a program alive that has forgotten it', async () => {
    await using pod = await TestPod.create();
    const module = (path: string) => JSON.stringify(new URL(`../../../src/${path}`, import.meta.url).href);
    const script = `
      import { PodNetworkNamespaceResolver } from ${module('strategies/interface/index.ts')};
      import { SystemClock } from ${module('adapters/system-clock.ts')};
      globalThis.held = await new PodNetworkNamespaceResolver(new SystemClock()).resolve(${JSON.stringify(targetOf(pod))});
      console.log(held.device);`;
    const { stdout } = await execa(process.execPath, ['--input-type=module', '--eval', script], { timeout: 30_000 });
    expect(stdout).toBe('eth0');
  });
});

/** Waits so long that whoever sleeps on {@link quickClock} has woken that often. */
async function looks(times: number): Promise<void> {
  for (let look = 0; look < times; look += 1) await quickClock.sleep(1000);
}

/** A process in a cgroup, as the runtime starts one. */
class Process implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #cgroup: Disposable;

  static async start([program = '', ...argv]: string[], cgroup: string): Promise<Process> {
    const child = spawn(program, argv, { stdio: 'ignore' });
    await once(child, 'spawn');
    return new Process(child, joinCgroup(cgroup, child.pid ?? 0));
  }

  private constructor(child: ChildProcess, cgroup: Disposable) {
    this.#child = child;
    this.#cgroup = cgroup;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async untilRunning(comm: string): Promise<void> {
    while (new ProcFs().stat(this.pid)?.comm !== comm) await quickClock.sleep(10);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.#cgroup[Symbol.dispose]();
  }
}
