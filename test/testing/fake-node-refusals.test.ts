import { describe, expect, it } from 'vitest';
import { CaptureError, type ClaimedTarget } from '../../src/index.ts';
import { assertFinished, FakeNode } from '../../src/testing/index.ts';

function world() {
  const node = new FakeNode();
  const engine = node.createEngine({ targetPatience: 0 });
  const refusalOf = (target: ClaimedTarget) => node.clock.until(engine.start({ name: 'it', target }).then(() => undefined, (error: unknown) => (CaptureError.is(error) ? error.code : error)));
  return { node, engine, refusalOf, web: node.addPod('shop/web-1') };
}

describe('a FakeNode refuses what a real one does', () => {
  it('a device that the Pod does not have, or that no device can be called', async () => {
    const { refusalOf, web, node } = world();
    expect(await refusalOf({ ...web, interface: 'net1' })).toBe('InterfaceNotFound');
    expect(await refusalOf({ ...web, interface: '-w' })).toBe('InterfaceNameInvalid');
    expect(await refusalOf({ kind: 'node', node: 'n1', interface: 'eth7' })).toBe('InterfaceNotFound');
    expect(await refusalOf({ ...web, interface: 'eth0' })).toBeUndefined();
    node.resolver.serve('shop/web-1', 'net1');
    expect(await refusalOf({ ...web, interface: 'net1' })).toBeUndefined();
  });

  it('but not all devices of a Pod at once, by the link type that tcpdump has for them', async () => {
    const { engine, node, web } = world();
    const { interface: device } = await engine.start({ name: 'it', target: { ...web, interface: 'any' } });
    expect([device, node.tcpdumpOf(web).spec.interface.linkType]).toEqual(['any', 'LINUX_SLL2']);
  });

  it('a Pod that has the network of the node, unless a test has it served', async () => {
    const { node, refusalOf } = world();
    const proxy = node.addPod('shop/proxy', { hostNetwork: true });
    expect(await refusalOf(proxy)).toBe('HostNetworkRefused');
    node.resolver.serve('shop/proxy');
    expect(await refusalOf(proxy)).toBeUndefined();
  });

  it('a Pod that is not there, or whose name another has by now', async () => {
    const { node, refusalOf, web } = world();
    expect(await refusalOf({ ...web, name: 'nobody' })).toBe('PodNotFound');
    const next = node.addPod('shop/web-1');
    expect(await refusalOf(web)).toBe('PodNotFound');
    expect(await refusalOf(next)).toBeUndefined();
  });

  it('to go on with a Pod whose name another has by now', async () => {
    const { node, engine, web } = world();
    const { result } = await engine.start({ name: 'it', target: web });
    node.tcpdumpOf(web).receive(3);
    node.addPod('shop/web-1', { uid: web.uid });
    await node.clock.advance(1000);
    expect(node.tcpdumpOf(web).alive).toBe(true);
    node.addPod('shop/web-1');
    assertFinished(await node.clock.until(result), 'TargetGone');
  });
});
