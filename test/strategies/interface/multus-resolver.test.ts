import { describe, expect, it } from 'vitest';
import { InterfaceNotFoundError, NetworkAmbiguousError, NetworkNotFoundError } from '../../../src/core/errors/index.ts';
import { MultusResolver, PodNetworkNamespaceResolver } from '../../../src/strategies/interface/index.ts';
import { NETWORK_STATUS_ANNOTATION, parseNetworkStatus } from '../../../src/strategies/interface/network-status.ts';
import { interfaceResolverContract } from '../../../src/testing/interface-resolver-contract.ts';
import { requires } from '../../harness/requirements.ts';
import { TestPod } from '../../harness/test-pod.ts';
import { Veth } from '../../harness/veth.ts';
import { claimed } from './claimed.ts';
import { MULTUS } from './cni-names.ts';
import { quickClock } from './quick-clock.ts';

/** Annotations of every Pod, and how often they were asked for. */
class Annotations {
  asked = 0;
  readonly #status: string | undefined;

  constructor(status: string | undefined) {
    this.#status = status;
  }

  of(): Promise<Record<string, string>> {
    this.asked += 1;
    return Promise.resolve(this.#status === undefined ? {} : { [NETWORK_STATUS_ANNOTATION]: this.#status });
  }
}

const inside = new PodNetworkNamespaceResolver(quickClock);
const resolverFor = (status: string | undefined) => new MultusResolver(new Annotations(status), inside);
const attached = (...networks: [name: string, device: string][]) => JSON.stringify(networks.map(([name, device]) => ({ name, interface: device })));

it('is an annotation that Multus wrote', () => {
  expect(parseNetworkStatus(MULTUS.annotation)).toEqual([
    { name: 'cbr0', default: true },
    { name: 'macvlan-conf', interface: 'net1' },
  ]);
});

requires('root', 'ip', 'nsenter', 'cgroup').describe('a network of a Pod, by the annotation of Multus', () => {
  describe('keeps the contract', () => {
    interfaceResolverContract(it, async () => {
      const pod = await TestPod.create();
      const veth = await Veth.between('net1', pod);
      return {
        resolver: resolverFor(MULTUS.annotation),
        served: claimed(pod, { interface: 'macvlan-conf' }),
        refused: { kind: 'node', node: 'n1', interface: 'lo' },
        goAway: () => pod.kill(),
        async [Symbol.asyncDispose]() {
          await pod[Symbol.asyncDispose]();
          await veth[Symbol.asyncDispose]();
        },
      };
    });
  });

  it('is its device, by its short name, and by the whole one', async () => {
    await using pod = await TestPod.create({ namespace: 'shop' });
    await using _net1 = await Veth.between('net1', pod);
    await using _net2 = await Veth.between('net2', pod);
    const resolver = resolverFor(attached(['ovn-kubernetes', 'eth0'], ['vlans/vlan21', 'net1'], ['shop/storage', 'net2'], ['vlans/storage', 'eth0']));
    const deviceOf = async (network: string) => {
      await using resolved = await resolver.resolve(claimed(pod, { interface: network }));
      return resolved.device;
    };
    expect(await deviceOf('vlan21')).toBe('net1');
    expect(await deviceOf('vlans/vlan21')).toBe('net1');
    expect(await deviceOf('storage'), "the Pod's own namespace goes first").toBe('net2');
    expect(await deviceOf('vlans/storage')).toBe('eth0');
    expect(await deviceOf('ovn-kubernetes')).toBe('eth0');
  });

  it('is looked for only where no device has that name', async () => {
    await using pod = await TestPod.create();
    await using _net1 = await Veth.between('net1', pod);
    const annotations = new Annotations(attached(['default/eth0', 'net1']));
    const resolver = new MultusResolver(annotations, inside);
    for (const [device, found] of [['eth0', 'eth0'], ['net1', 'net1'], ['any', 'any'], [undefined, 'eth0']] as const) {
      await using resolved = await resolver.resolve(claimed(pod, device === undefined ? {} : { interface: device }));
      expect(resolved.device).toBe(found);
    }
    expect(annotations.asked).toBe(0);
  });

  it('is refused with what there is', async () => {
    await using pod = await TestPod.create();
    const refusal = (status: string | undefined, network: string) => resolverFor(status).resolve(claimed(pod, { interface: network })).catch((e: unknown) => e);
    const unknown = await refusal(MULTUS.annotation, 'macvlan');
    expect(unknown).toBeInstanceOf(NetworkNotFoundError);
    expect(String(unknown)).toContain('"macvlan-conf" (net1)');
    expect(await refusal(undefined, 'macvlan')).toBeInstanceOf(NetworkNotFoundError);
    expect(String(await refusal('[{"name": 7}]', 'macvlan'))).toMatch(/cannot be read: status\[0\]\.name: expected a string/);
    expect(String(await refusal('no JSON', 'macvlan'))).toMatch(/cannot be read/);
    const twice = await refusal(attached(['default/macvlan-conf', 'net1'], ['default/macvlan-conf', 'net2']), 'macvlan-conf');
    expect(twice).toBeInstanceOf(NetworkAmbiguousError);
    expect(String(twice)).toContain('net1, net2');
    const often = await refusal(attached(...Array.from({ length: 10_000 }, (_, index): [string, string] => ['default/macvlan-conf', `net${index}`])), 'macvlan-conf');
    expect(String(often).length, 'whoever may change the Pod cannot make a message as long as they like').toBeLessThan(400);
    expect(await refusal(attached(['default/storage', 'any']), 'storage'), 'one network is not all of them').toBeInstanceOf(NetworkNotFoundError);
    expect(await refusal(attached(['default/storage', 'net9']), 'storage'), 'the annotation tells of a device that is not there').toBeInstanceOf(InterfaceNotFoundError);
    expect(await refusal(attached(['default/storage', '--help']), 'storage'), 'no name of a device').toBeInstanceOf(NetworkNotFoundError);
  });
});
