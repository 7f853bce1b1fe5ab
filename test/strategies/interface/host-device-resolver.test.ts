import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import type { ClaimedPod } from '../../../src/core/capture-target.ts';
import { HostDeviceNotFoundError, InterfaceDownError, InterfaceNameInvalidError, PodNotKnownError, TargetNotServedError } from '../../../src/core/errors/index.ts';
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
    expect(String(resolved.gone.reason)).toContain(`Pod ${pod.namespace}/${pod.name} is gone`);
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

  it('never is a name that a naming makes of what a program would read as something else', async () => {
    const naming: HostDeviceNaming = { name: 'made-up', hostDevices: () => ['-i'] };
    const pod = claimed({ namespace: 'shop', name: 'web-1', uid: crypto.randomUUID() });
    await expect(new HostDeviceResolver(naming, quickClock).resolve(pod)).rejects.toThrow(InterfaceNameInvalidError);
  });
});
