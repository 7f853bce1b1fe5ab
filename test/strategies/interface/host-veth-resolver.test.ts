import { readdirSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ClaimedPod } from '../../../src/core/capture-target.ts';
import {
  HostSideNotFoundError,
  InterfaceDownError,
  InterfaceNotFoundError,
  ProgramMissingError,
  TargetNotServedError,
} from '../../../src/core/errors/index.ts';
import { HostVethResolver } from '../../../src/strategies/interface/host-veth-resolver.ts';
import { interfaceResolverContract } from '../../../src/testing/interface-resolver-contract.ts';
import { packetsOn } from '../../harness/packets-on.ts';
import { requires } from '../../harness/requirements.ts';
import { TestPod } from '../../harness/test-pod.ts';
import { Veth } from '../../harness/veth.ts';
import { claimed as targetOf } from './claimed.ts';
import { quickClock } from './quick-clock.ts';

requires('root', 'ip', 'nsenter', 'tcpdump', 'ping', 'cgroup').describe("the host side of a Pod's veth pair", () => {
  const resolver = new HostVethResolver(quickClock);

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

  it('sees the packets of its own Pod only, though eth0 has the same number in all of them', async () => {
    await using one = await TestPod.create();
    await using two = await TestPod.create();
    await using three = await TestPod.create();
    const pods = [one, two, three];
    expect(new Set(await Promise.all(pods.map((pod) => indexOf(pod, 'eth0')))).size).toBe(1);

    for (const pod of pods) {
      await using resolved = await resolver.resolve(targetOf(pod));
      expect(resolved).toMatchObject({ device: pod.hostDevice, linkType: 'EN10MB' });
      expect(resolved.networkNamespace).toBeUndefined();
      const lines = await packetsOn(resolved.device, 8, async () => {
        for (const other of pods) if (other !== pod) await other.ping(3);
        await pod.ping(4);
      });
      for (const line of lines) expect(line).toContain(pod.address);
    }
  });

  it('holds nothing of the Pod', async () => {
    await using pod = await TestPod.create();
    const namespace = readlinkSync(`/proc/${pod.pid}/ns/net`);
    await using resolved = await resolver.resolve(targetOf(pod));
    const links = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return '';
      }
    });
    expect(resolved.networkNamespace).toBeUndefined();
    expect(links).not.toContain(namespace);
  });

  it('is found for a second device', async () => {
    await using pod = await TestPod.create();
    await using second = await Veth.between('net1', pod);
    await using resolved = await resolver.resolve(targetOf(pod, { interface: 'net1' }));
    expect(resolved.device).toBe(second.hostDevice);
  });

  it('is none where the other end is elsewhere, even if devices here have a peer of that number', async () => {
    await using pod = await TestPod.create();
    await using elsewhere = await TestPod.create();
    await using decoy = await TestPod.create();
    await using decoyPair = await Veth.between('net1', decoy);
    await pod.run('ip', ['link', 'add', 'far0', 'type', 'veth', 'peer', 'name', 'far1', 'netns', String(elsewhere.pid)]);
    await pod.run('ip', ['link', 'set', 'far0', 'up']);
    await using resolvable = await resolver.resolve(targetOf(decoy, { interface: 'net1' }));
    expect(resolvable.device).toBe(decoyPair.hostDevice);
    expect(await indexOf(decoy, 'net1')).toBe(await indexOf(pod, 'far0'));
    await expect(resolver.resolve(targetOf(pod, { interface: 'far0' }))).rejects.toThrow(HostSideNotFoundError);
  });

  it('is refused with a reason', async () => {
    await using pod = await TestPod.create();
    const refusal = (more: Partial<ClaimedPod>) => resolver.resolve(targetOf(pod, more));
    await expect(refusal({ interface: 'any' })).rejects.toThrow(TargetNotServedError);
    await expect(refusal({ hostNetwork: true })).rejects.toThrow(TargetNotServedError);
    await expect(refusal({ interface: 'lo' })).rejects.toThrow(HostSideNotFoundError);
    await expect(refusal({ interface: 'net7' })).rejects.toThrow(InterfaceNotFoundError);
    await pod.run('ip', ['link', 'set', 'eth0', 'down']);
    await expect(refusal({ interface: 'eth0' })).rejects.toThrow(InterfaceDownError);
  });

  it('needs ip and lsns, and says so', async () => {
    await using pod = await TestPod.create();
    const path = process.env['PATH'];
    process.env['PATH'] = '/nonexistent';
    try {
      await expect(resolver.resolve(targetOf(pod))).rejects.toThrow(ProgramMissingError);
    } finally {
      process.env['PATH'] = path;
    }
  });
});

async function indexOf(pod: TestPod, device: string): Promise<number> {
  const { stdout } = await pod.run('ip', ['-json', 'link', 'show', 'dev', device]);
  return (JSON.parse(stdout) as { ifindex: number }[])[0]?.ifindex ?? 0;
}
