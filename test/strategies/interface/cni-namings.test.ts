import { describe, expect, it } from 'vitest';
import { PodNotKnownError, TargetNotServedError } from '../../../src/core/errors/index.ts';
import { AntreaNaming, CalicoNaming, CiliumNaming } from '../../../src/strategies/interface/index.ts';
import { FakePodDirectory } from '../../../src/testing/fake-pod-directory.ts';
import { claimed } from './claimed.ts';
import { ANTREA, CALICO, CILIUM, type RecordedName } from './cni-names.ts';

const uid = '0b1d9a3e-5f0c-4d55-9a0e-7d1f6c2b8e11';
const podOf = ({ namespace, pod: name }: RecordedName) => claimed({ namespace, name, uid });
const sandboxesOf = (...ids: string[]) => ({ of: () => Promise.resolve(ids) });

describe('names of host devices, as CNIs gave them', () => {
  it.each(CALICO)('Calico: $hostDevice', async (recorded) => {
    const pods = new FakePodDirectory();
    pods.set({ namespace: recorded.namespace, name: recorded.pod, uid });
    const naming = new CalicoNaming(pods, recorded.prefix === undefined ? {} : { prefix: recorded.prefix });
    expect(await naming.hostDevices(podOf(recorded), recorded.device)).toEqual([recorded.hostDevice]);
  });

  it.each(CILIUM)('Cilium: $hostDevice', async (recorded) => {
    const [first] = await new CiliumNaming(sandboxesOf(recorded.sandbox ?? '')).hostDevices(podOf(recorded), recorded.device);
    expect(first).toBe(recorded.hostDevice);
  });

  it.each(ANTREA)('Antrea: $hostDevice', async (recorded) => {
    expect(await new AntreaNaming(sandboxesOf(recorded.sandbox ?? '')).hostDevices(podOf(recorded), recorded.device)).toEqual([recorded.hostDevice]);
  });

  it('differ from device to device, but for Calico, which has made one only', async () => {
    const pod = claimed({ namespace: 'shop', name: 'web-1', uid });
    const pods = new FakePodDirectory();
    pods.set(pod);
    await expect(new CalicoNaming(pods).hostDevices(pod, 'net1')).rejects.toThrow(TargetNotServedError);
    await expect(new CalicoNaming(pods).hostDevices(pod, 'net1')).rejects.toThrow('Calico does not serve net1 of Pod shop/web-1: it makes eth0 only.');
    for (const naming of [new CiliumNaming(sandboxesOf('a'.repeat(64))), new AntreaNaming(sandboxesOf('a'.repeat(64)))]) {
      const [eth0] = await naming.hostDevices(pod, 'eth0');
      const [net1, ...others] = await naming.hostDevices(pod, 'net1');
      expect(net1).not.toBe(eth0);
      expect(others).toEqual([]);
    }
  });

  it('are, with Antrea, of devices that nobody can choose at will, since 24 bits of a hash are soon found', async () => {
    const pod = claimed({ namespace: 'shop', name: 'web-1', uid });
    const antrea = new AntreaNaming(sandboxesOf('a'.repeat(64)));
    for (const device of ['eth0', 'eth1', 'net99']) expect(await antrea.hostDevices(pod, device)).toHaveLength(1);
    for (const device of ['x8fa31', 'eth100', 'eth0x', 'lo']) await expect(antrea.hostDevices(pod, device)).rejects.toThrow(TargetNotServedError);
  });

  it('are, with Calico, of the Pod that has the name now', async () => {
    const pod = claimed({ namespace: 'shop', name: 'web-1', uid });
    const pods = new FakePodDirectory();
    const naming = new CalicoNaming(pods);
    expect(() => naming.isStill(pod)).toThrow(PodNotKnownError);
    await expect(naming.hostDevices(pod, 'eth0')).rejects.toThrow(PodNotKnownError);
    pods.set(pod);
    expect(naming.isStill(pod)).toBe(true);
    pods.set({ ...pod, uid: 'another' });
    expect(() => naming.isStill(pod)).toThrow(PodNotKnownError);
    await expect(naming.hostDevices(pod, 'eth0')).rejects.toThrow(PodNotKnownError);
  });
});
