import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { NetworkDevices } from '../../../src/strategies/interface/network-devices.ts';
import { ProcFs } from '../../../src/strategies/interface/proc-fs.ts';
import { requires } from '../../harness/requirements.ts';
import { TestPod } from '../../harness/test-pod.ts';

requires('root', 'ip', 'nsenter', 'tcpdump', 'cgroup').describe('devices of another network namespace', () => {
  it('have the link type that tcpdump finds there, and the index that the kernel gave them', async () => {
    await using pod = await TestPod.create();
    const ip = (...argv: string[]) => pod.run('ip', argv);
    await ip('tuntap', 'add', 'dev', 'tun0', 'mode', 'tun');
    await ip('link', 'set', 'tun0', 'up');
    await ip('tuntap', 'add', 'dev', 'tap0', 'mode', 'tap');
    await ip('link', 'set', 'tap0', 'up');
    await ip('link', 'add', 'br0', 'type', 'bridge');
    await ip('link', 'set', 'br0', 'up');

    const devices = await NetworkDevices.of(new ProcFs(), pod.pid, 'the Pod');
    const found = Object.fromEntries(['eth0', 'lo', 'tun0', 'tap0', 'br0', 'any'].map((name) => [name, devices.linkType(name)]));

    const seen: Record<string, string> = {};
    for (const name of Object.keys(found)) seen[name] = await linkTypeSeenByTcpdump(pod, name);
    expect(found).toEqual(seen);
    expect(found['tun0']).toBe('RAW');

    const links = JSON.parse((await ip('-json', 'link')).stdout) as { ifname: string; ifindex: number }[];
    expect(devices.names.toSorted()).toEqual(links.map(({ ifname }) => ifname).toSorted());
    for (const { ifname, ifindex } of links) expect(devices.index(ifname)).toBe(ifindex);
  });

  it('that are down count as Ethernet and have no index', async () => {
    await using pod = await TestPod.create();
    await pod.run('ip', ['link', 'set', 'eth0', 'down']);
    const devices = await NetworkDevices.of(new ProcFs(), pod.pid, 'the Pod');
    expect(devices.names).toContain('eth0');
    expect(devices.linkType('eth0')).toBe('EN10MB');
    expect(devices.index('eth0')).toBeUndefined();
  });
});

async function linkTypeSeenByTcpdump(pod: TestPod, device: string): Promise<string> {
  const argv = [`--net=/proc/${pod.pid}/ns/net`, 'tcpdump', '-Z', 'root', '-n', '-i', device];
  const tcpdump = spawn('nsenter', argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(tcpdump, 'exit');
  let said = '';
  for await (const chunk of tcpdump.stderr) {
    said += String(chunk);
    const linkType = /listening on \S+, link-type (\w+)/.exec(said)?.[1];
    if (linkType === undefined) continue;
    tcpdump.kill();
    await ended;
    return linkType;
  }
  throw new Error(`tcpdump did not listen on ${device}: ${said}`);
}
