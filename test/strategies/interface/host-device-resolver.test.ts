import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import type { ClaimedPod } from '../../../src/core/capture-target.ts';
import { HostDeviceNotFoundError, InterfaceDownError, InterfaceNameInvalidError, PodNotKnownError, TargetNotServedError } from '../../../src/core/errors/index.ts';
import type { ResolvedInterface } from '../../../src/core/interface-resolver.ts';
import { AntreaNaming, CalicoNaming, CgroupSandboxIds, CiliumNaming, type HostDeviceNaming, HostDeviceResolver } from '../../../src/strategies/interface/index.ts';
import { FakePodDirectory } from '../../../src/testing/fake-pod-directory.ts';
import { interfaceResolverContract } from '../../../src/testing/interface-resolver-contract.ts';
import { packetsOn } from '../../harness/packets-on.ts';
import { requires } from '../../harness/requirements.ts';
import { TestPod, type TestPodIdentity } from '../../harness/test-pod.ts';
import { claimed } from './claimed.ts';
import { quickClock } from './quick-clock.ts';

const hex = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex');
const pods = new FakePodDirectory();

/** Worlds that name devices as the recorded names of cni-names.ts are made. */
const CNIS: readonly { readonly naming: HostDeviceNaming; readonly hostDevice: (pod: TestPodIdentity) => string }[] = [
  {
    naming: new CalicoNaming(pods),
    hostDevice: ({ namespace, name }) => `cali${hex('sha1', `${namespace}.${name}`).slice(0, 11)}`,
  },
  {
    naming: new CiliumNaming(new CgroupSandboxIds()),
    hostDevice: ({ containerId }) => `lxc${hex('sha256', `${containerId}:eth0`).slice(0, 12)}`,
  },
  {
    naming: new AntreaNaming(new CgroupSandboxIds()),
    hostDevice: ({ name, containerId }) => `${name.slice(0, 8)}-${hex('sha1', containerId).slice(0, 6)}`,
  },
];

requires('root', 'ip', 'nsenter', 'tcpdump', 'ping', 'cgroup').describe('the host device of a Pod', () => {
  describe.each(CNIS)("named by $naming.name's rule", ({ naming, hostDevice }) => {
    const resolver = new HostDeviceResolver(naming, quickClock);
    const create = async () => {
      const pod = await TestPod.create({ hostDevice });
      pods.set(pod);
      return pod;
    };

    describe('keeps the contract', () => {
      interfaceResolverContract(it, async () => {
        const pod = await create();
        return {
          resolver,
          served: claimed(pod),
          refused: { kind: 'node', node: 'n1', interface: 'lo' },
          goAway: () => pod.kill(),
          [Symbol.asyncDispose]: () => pod[Symbol.asyncDispose](),
        };
      });
    });

    it('sees the packets of its own Pod only', async () => {
      await using one = await create();
      await using other = await create();
      await using resolved = await resolver.resolve(claimed(one));
      expect(resolved).toMatchObject({ device: one.hostDevice, linkType: 'EN10MB' });
      expect(resolved.networkNamespace).toBeUndefined();
      const lines = await packetsOn(resolved.device, 8, async () => {
        await other.ping(3);
        await one.ping(4);
      });
      for (const line of lines) expect(line).toContain(one.address);
    });

    it('is gone when the sandbox is made anew, and then is the new one', async () => {
      await using pod = await create();
      await using first = await resolver.resolve(claimed(pod));
      const gone = once(first.gone, 'abort');
      await pod.renewSandbox();
      await gone;
      await using second = await resolver.resolve(claimed(pod));
      expect(second.device).toBe(pod.hostDevice);
      await packetsOn(second.device, 2, () => pod.ping(1));
    });

    it('is refused with a reason', async () => {
      await using pod = await create();
      const refusal = (more: Partial<ClaimedPod>) => resolver.resolve(claimed(pod, more));
      await expect(refusal({ interface: 'any' })).rejects.toThrow(TargetNotServedError);
      await expect(refusal({ hostNetwork: true })).rejects.toThrow(TargetNotServedError);
      await expect(refusal({ interface: '--help' })).rejects.toThrow(InterfaceNameInvalidError);
      await expect(refusal({ uid: crypto.randomUUID(), cgroupUid: crypto.randomUUID() })).rejects.toThrow(PodNotKnownError);
      await execa('ip', ['link', 'set', pod.hostDevice, 'down']);
      await expect(refusal({})).rejects.toThrow(InterfaceDownError);
    });
  });

  it('is refused where another CNI has named it, with the name that was looked for', async () => {
    await using pod = await TestPod.create();
    pods.set(pod);
    for (const { naming } of CNIS) {
      const error = await new HostDeviceResolver(naming, quickClock).resolve(claimed(pod)).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(HostDeviceNotFoundError);
      const [first = ''] = await naming.hostDevices(claimed(pod), 'eth0');
      expect(String(error)).toContain(first);
    }
  });

  it('is gone when another Pod has the name', async () => {
    const [calico] = CNIS;
    if (calico === undefined) throw new Error('no CNI');
    await using pod = await TestPod.create({ hostDevice: calico.hostDevice });
    pods.set(pod);
    await using resolved = await new HostDeviceResolver(calico.naming, quickClock).resolve(claimed(pod));
    const gone = once(resolved.gone, 'abort');
    pods.set({ namespace: pod.namespace, name: pod.name, uid: 'another' });
    await gone;
    expect(String(resolved.gone.reason)).toMatch(new RegExp(`^Pod ${pod.namespace}/${pod.name} is not known on this node: the Pods of this node, as the API server told of them, .*\\.$`));
  });

  it('is found without the capabilities that it takes to open and enter a namespace', async () => {
    await using pod = await TestPod.create({ hostDevice: ({ containerId }) => `lxc${hex('sha256', `${containerId}:eth0`).slice(0, 12)}` });
    const script = `
      const { CgroupSandboxIds, CiliumNaming, HostDeviceResolver, PodNetworkNamespaceResolver, SystemClock } = await import(process.argv[1]);
      const target = JSON.parse(process.argv[2]);
      const ask = async (resolver) => { await using found = await resolver.resolve(target); return found.device; };
      const clock = new SystemClock();
      const inside = await ask(new PodNetworkNamespaceResolver(clock)).catch(({ code }) => code);
      console.log(inside, await ask(new HostDeviceResolver(new CiliumNaming(new CgroupSandboxIds()), clock)));`;
    const index = new URL('../../../src/index.ts', import.meta.url).href;
    const { stdout } = await execa('setpriv', ['--bounding-set=-all', process.execPath, '--input-type=module', '-e', script, index, JSON.stringify(claimed(pod))]);
    expect(stdout).toBe(`NamespaceNotEntered ${pod.hostDevice}`);
  });

  describe('as a naming knows it that is asked', () => {
    const pod = claimed({ namespace: 'shop', name: 'web-1', uid: crypto.randomUUID() });
    const resolverFor = (device: string, isStill: NonNullable<HostDeviceNaming['isStill']>) => new HostDeviceResolver({ name: 'Nimbus', hostDevices: () => [device], isStill }, quickClock);
    const cannotTell = (device: string) => `Pod shop/web-1 is not known on this node: Nimbus cannot tell whether the device ${device} is that of this Pod: EIO: i/o error.`;
    const alias = (device: string) => readFileSync(`/sys/class/net/${device}/ifalias`, 'utf8').trim();
    const endOf = async ({ gone }: ResolvedInterface) => {
      if (!gone.aborted) await once(gone, 'abort');
      return String(gone.reason);
    };

    it('is refused when it is not the one of the Pod from the beginning', async () => {
      await using device = await HostDevice.create();
      await expect(resolverFor(device.name, () => false).resolve(pod)).rejects.toThrow(
        `Pod shop/web-1 is not known on this node: as Nimbus tells, the device ${device.name} is not that of this Pod.`,
      );
      await expect(resolverFor(device.name, () => Promise.resolve(false)).resolve(pod)).rejects.toThrow(PodNotKnownError);
      const refusal = new PodNotKnownError('Pod shop/web-1', 'its alias is that of another');
      await expect(resolverFor(device.name, () => Promise.reject(refusal)).resolve(pod)).rejects.toBe(refusal);
      const fault = new Error('EIO: i/o error');
      const refused = resolverFor(device.name, () => { throw fault; }).resolve(pod);
      await expect(refused).rejects.toThrow(PodNotKnownError);
      await expect(refused).rejects.toMatchObject({ problem: cannotTell(device.name), cause: fault });
    });

    it('is looked at by its name once that was found, so that none can take the name in between', async () => {
      await using device = await HostDevice.create();
      await device.set('alias', pod.uid);
      const naming: HostDeviceNaming = {
        name: 'Nimbus',
        hostDevices: async () => {
          // The Pod goes and the next one comes before the resolver looks.
          await device.renew();
          await device.set('alias', 'another');
          return [device.name];
        },
        isStill: ({ uid }, name) => alias(name) === uid,
      };
      await expect(new HostDeviceResolver(naming, quickClock).resolve(pod)).rejects.toThrow(PodNotKnownError);
    });

    it('is gone when it has become that of another', async () => {
      await using device = await HostDevice.create();
      await device.set('alias', pod.uid);
      await using resolved = await resolverFor(device.name, ({ uid }, name) => Promise.resolve(alias(name) === uid)).resolve(pod);
      await device.set('alias', 'another');
      expect(await endOf(resolved)).toBe(`Pod shop/web-1 is not known on this node: as Nimbus tells, the device ${device.name} is not that of this Pod.`);
    });

    it.each<[string, () => never | Promise<never>]>([
      ['throws', () => { throw new Error('EIO: i/o error'); }],
      ['rejects', () => Promise.reject(new Error('EIO: i/o error'))],
    ])('is gone, with the error, when it cannot be known any more: isStill %s', async (_, fail) => {
      await using device = await HostDevice.create();
      let asked = 0;
      await using resolved = await resolverFor(device.name, () => ((asked += 1) === 1 ? true : fail())).resolve(pod);
      expect(await endOf(resolved)).toBe(cannotTell(device.name));
    });

    it('is gone because it was removed, whatever the naming would say of it', async () => {
      await using device = await HostDevice.create();
      await device.set('alias', pod.uid);
      await using resolved = await resolverFor(device.name, ({ uid }, name) => alias(name) === uid).resolve(pod);
      await device[Symbol.asyncDispose]();
      expect(await endOf(resolved)).toBe(`Pod shop/web-1 is gone: its device ${device.name} on the node was removed.`);
    });

    it('is refused in words that are whole where the naming has no name', async () => {
      const none = new HostDeviceResolver({ name: 'Nimbus', hostDevices: () => [] }, quickClock);
      await expect(none.resolve(pod)).rejects.toThrow('Nimbus has no name for the host side of eth0 of Pod shop/web-1.');
    });

    it('is refused by one name, with the reason', async () => {
      const nimbus = new HostDeviceResolver({ name: 'Nimbus', hostDevices: () => [] }, quickClock);
      expect(nimbus.name).toBe('Nimbus');
      await expect(nimbus.resolve({ ...pod, hostNetwork: true })).rejects.toThrow('Nimbus does not serve Pod shop/web-1: it uses the network of its node.');
      await expect(nimbus.resolve({ ...pod, interface: 'any' })).rejects.toThrow('Nimbus does not serve any of Pod shop/web-1: no device on the node stands for all of a Pod.');
      await expect(nimbus.resolve({ kind: 'node', node: 'n1', interface: 'eth0' })).rejects.toThrow('Nimbus does not serve interface eth0 of node n1: it is no Pod.');
    });
  });

  it('never is a name that a naming makes of what a program would read as something else', async () => {
    const naming: HostDeviceNaming = { name: 'made-up', hostDevices: () => ['-i'] };
    const pod = claimed({ namespace: 'shop', name: 'web-1', uid: crypto.randomUUID() });
    await expect(new HostDeviceResolver(naming, quickClock).resolve(pod)).rejects.toThrow(InterfaceNameInvalidError);
  });
});

/** A device of this network namespace that is up. */
class HostDevice implements AsyncDisposable {
  readonly name = `nb${randomBytes(4).toString('hex')}`;

  static async create(): Promise<HostDevice> {
    const device = new HostDevice();
    await device.renew();
    return device;
  }

  /** Another one under its name. */
  async renew(): Promise<void> {
    await this[Symbol.asyncDispose]();
    await execa('ip', ['link', 'add', this.name, 'type', 'veth']);
    await this.set('up');
  }

  async set(...what: string[]): Promise<void> {
    await execa('ip', ['link', 'set', this.name, ...what]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await execa('ip', ['link', 'del', this.name], { reject: false });
  }
}
