import { describe, expect, it } from 'vitest';
import { PodCgroup, podUids } from '../../../src/strategies/interface/pod-cgroup.ts';

const uid = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';
const systemdUid = '0f1e2d3c_4b5a_6978_8796_a5b4c3d2e1f0';
const container = 'c'.repeat(64);
const pod = new PodCgroup(uid);

describe('the cgroup of a Pod', () => {
  it.each([
    ['containerd, v2, systemd', `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${systemdUid}.slice/cri-containerd-${container}.scope`],
    ['containerd, v2, systemd, guaranteed', `0::/kubepods.slice/kubepods-pod${systemdUid}.slice/cri-containerd-${container}.scope`],
    ['containerd, v2, cgroupfs', `0::/kubepods/besteffort/pod${uid}/${container}`],
    ['containerd, v1, cgroupfs', `11:memory:/kubepods/burstable/pod${uid}/${container}\n1:name=systemd:/kubepods/burstable/pod${uid}/${container}`],
    ['containerd, v1, systemd, not told of it', `8:pids:/system.slice/containerd.service/kubepods-besteffort-pod${systemdUid}.slice:cri-containerd:${container}`],
    ['v1 beside an empty v2 line', `8:pids:/kubepods/pod${uid}/${container}\n0::/`],
    ['CRI-O, v2', `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${systemdUid}.slice/crio-${container}.scope`],
    ['CRI-O, v2, its folder "container"', `0::/kubepods.slice/kubepods-pod${systemdUid}.slice/crio-${container}.scope/container`],
    ['Docker, systemd', `0::/kubepods.slice/kubepods-pod${systemdUid}.slice/docker-${container}.scope`],
    ['Docker, cgroupfs, v1', `4:cpu,cpuacct:/kubepods/burstable/pod${uid}/${container}`],
    ['kind', `0::/docker/${container}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod${systemdUid}.slice/cri-containerd-${container}.scope`],
    ['kind, cgroupfs, v1', `8:pids:/docker/${container}/kubelet/kubepods/besteffort/pod${uid}/${container}`],
    ['k3s', `0::/system.slice/k3s.service/kubepods/burstable/pod${uid}/${container}`],
    ['private cgroup namespace', `0::/../../kubepods-burstable.slice/kubepods-burstable-pod${systemdUid}.slice/cri-containerd-${container}.scope`],
    ['private cgroup namespace, cgroupfs', `0::/../../../burstable/pod${uid}/${container}`],
  ])('%s', (_, cgroup) => {
    expect(pod.depthOf(`${cgroup}\n`)).toBe(1);
  });

  it('of a static Pod has the hash of its configuration for a uid', () => {
    const hash = 'b3e0a7b1c2d3e4f5061728394a5b6c7d';
    const cgroup = `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${hash}.slice/cri-containerd-${container}.scope\n`;
    expect(new PodCgroup(hash).depthOf(cgroup)).toBe(1);
  });

  it('has what containers make for themselves below the containers', () => {
    const inner = '11111111-2222-3333-4444-555555555555';
    const cgroup = `0::/kubepods/pod${uid}/${container}/docker/${container}/kubepods/pod${inner}/${container}\n`;
    expect(pod.depthOf(cgroup)).toBe(6);
    expect(pod.depthOf(`8:pids:/kubepods/pod${uid}/${container}\n7:memory:/kubepods/pod${uid}/${container}/init\n`)).toBe(2);
  });

  it.each([
    ['another Pod', `0::/kubepods/podffffffff-4b5a-6978-8796-a5b4c3d2e1f0/${container}`],
    ['a uid that goes on', `0::/kubepods/pod${uid}0/${container}`],
    ['a uid with something before it', `0::/kubepods/podx${uid}/${container}`],
    ['a folder that only holds the uid', `0::/backup/${uid}/x`],
    ['a word that ends in pod', `0::/tripod${uid}/x`],
    ['CRI-O\'s guard in the Pod\'s slice', `0::/kubepods.slice/kubepods-pod${systemdUid}.slice/crio-conmon-${container}.scope`],
    ['CRI-O\'s guard, cgroupfs', `8:pids:/kubepods/burstable/pod${uid}/crio-conmon-${container}`],
    ['the system', '0::/init.scope'],
    ['nothing', ''],
  ])('is not %s', (_, cgroup) => {
    expect(pod.depthOf(`${cgroup}\n`)).toBeUndefined();
  });

  it.each(['', '.*', '[0-9a-f-]+', 'pod', '../..', `${uid}|x`, 'a'.repeat(31)])('of %j, which is no uid, is none', (odd) => {
    expect(new PodCgroup(odd).depthOf(`0::/kubepods/pod${odd}/${container}\n0::/kubepods/pod${uid}/x\n`)).toBeUndefined();
  });

  it('tells all uids, whatever their spelling', () => {
    expect([...podUids(`8:pids:/kubepods/pod${uid}/x\n0::/a-pod${systemdUid}.slice/y\n0::/kubepods/podb3e0a7b1c2d3e4f5061728394a5b6c7d/z\n`)]).toEqual([
      uid,
      'b3e0a7b1c2d3e4f5061728394a5b6c7d',
    ]);
  });
});
