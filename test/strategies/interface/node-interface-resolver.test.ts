import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import type { ClaimedPod, NodeInterfaceTarget } from '../../../src/core/capture-target.ts';
import { InterfaceNameInvalidError, InterfaceNotFoundError, TargetNotServedError } from '../../../src/core/errors/index.ts';
import { NodeInterfaceResolver } from '../../../src/strategies/interface/node-interface-resolver.ts';
import { NetworkDevices } from '../../../src/strategies/interface/network-devices.ts';
import { ProcFs } from '../../../src/strategies/interface/proc-fs.ts';
import { interfaceResolverContract } from '../../../src/testing/interface-resolver-contract.ts';
import { requires } from '../../harness/requirements.ts';
import { FixtureProc } from './fixture-proc.ts';

const pod: ClaimedPod = { kind: 'pod', namespace: 'shop', name: 'web-1', uid: 'u', cgroupUid: 'u', hostNetwork: false };

function on(device: string): NodeInterfaceTarget {
  return { kind: 'node', node: 'n1', interface: device };
}

describe('an interface of the node', () => {
  const resolver = new NodeInterfaceResolver();

  describe('keeps the contract', () => {
    interfaceResolverContract(it, () =>
      Promise.resolve({ resolver, served: on('lo'), refused: pod, [Symbol.asyncDispose]: () => Promise.resolve() }),
    );
  });

  it('may be any', async () => {
    await using resolved = await resolver.resolve(on('any'));
    expect(resolved).toMatchObject({ device: 'any', linkType: 'LINUX_SLL2' });
    expect(resolved.networkNamespace).toBeUndefined();
  });

  it('has the link type that sysfs tells of this namespace', async () => {
    const devices = await NetworkDevices.of(new ProcFs(), 'self', 'here');
    for (const name of devices.names) {
      // 1 is Ethernet and 772 loopback, which libpcap shows as Ethernet (linux/if_arp.h).
      const isEthernet = ['1', '772'].includes(readFileSync(`/sys/class/net/${name}/type`, 'utf8').trim());
      const isUp = (Number(readFileSync(`/sys/class/net/${name}/flags`, 'utf8')) & 1) === 1;
      if (isUp) expect(`${name} ${devices.linkType(name)}`).toBe(`${name} ${isEthernet ? 'EN10MB' : 'RAW'}`);
    }
  });

  it('is refused with a reason', async () => {
    await expect(resolver.resolve(on('nope0'))).rejects.toThrow(InterfaceNotFoundError);
    await expect(resolver.resolve(on('nope0'))).rejects.toThrow(/"nope0" in node n1\. It has: .*lo/);
    for (const name of ['2', 'nflog', 'nfqueue', 'usbmon0', 'dbus-system', 'bluetooth0', '-i', 'lo\n', '../lo', '']) {
      await expect(resolver.resolve(on(name))).rejects.toThrow(InterfaceNameInvalidError);
    }
    await expect(resolver.resolve(pod)).rejects.toThrow(TargetNotServedError);
  });

  it('is looked up in the namespace of process 1, which is held where the agent is elsewhere', async () => {
    using fixture = new FixtureProc([
      { pid: 1, cgroup: '0::/init.scope\n' },
      { pid: 'self', cgroup: '0::/\n', network: 'agent' },
    ]);
    await using resolved = await new NodeInterfaceResolver(fixture.proc).resolve(on('eth0'));
    const { ino } = statSync(join(fixture.root, 'networks/node/inode'), { bigint: true });
    expect(resolved.networkNamespace?.inode).toBe(ino);
  });
});

requires('root', 'ip').describe('an interface that comes and goes', () => {
  it('is there when it is there', async () => {
    const device = `pci${randomBytes(4).toString('hex')}`;
    const resolver = new NodeInterfaceResolver();
    await expect(resolver.resolve(on(device))).rejects.toThrow(InterfaceNotFoundError);
    await execa('ip', ['link', 'add', device, 'type', 'bridge']);
    try {
      await using resolved = await resolver.resolve(on(device));
      expect(resolved.device).toBe(device);
    } finally {
      await execa('ip', ['link', 'del', device]);
    }
    await expect(resolver.resolve(on(device))).rejects.toThrow(InterfaceNotFoundError);
  });
});
