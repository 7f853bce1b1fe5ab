import { existsSync, readlinkSync } from 'node:fs';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { requires } from '../harness/requirements.ts';
import { TestPod } from '../harness/test-pod.ts';
import { PodNetwork } from './pod-network.ts';

requires('root', 'ip', 'ping', 'cgroup').describe('the network of a Pod', () => {
  const hasLink = async (device: string) => (await execa('ip', ['link', 'show', device], { reject: false })).exitCode === 0;
  const defaultRoute = async (pod: TestPod) => (await pod.run('ip', ['route', 'show', 'default'])).stdout;

  it('goes down and up', async () => {
    await using pod = await TestPod.create();
    const network = new PodNetwork(pod);
    await network.takeDown();
    await expect(pod.ping(1)).rejects.toThrow();
    await network.bringUp();
    await pod.ping(1);
    expect(await defaultRoute(pod)).toContain(`via ${pod.hostAddress} dev eth0`);
  });

  it('gets another name and its old one', async () => {
    await using pod = await TestPod.create();
    const network = new PodNetwork(pod);
    await network.rename('eth0', 'net9');
    await pod.ping(1);
    expect(await defaultRoute(pod)).toContain('dev net9');
    await network.rename('net9', 'eth0');
    expect(await defaultRoute(pod)).toContain('dev eth0');
  });

  it('is removed, and made again', async () => {
    await using pod = await TestPod.create();
    const network = new PodNetwork(pod);
    await network.remove();
    expect(await hasLink(pod.hostDevice)).toBe(false);
    await expect(pod.run('ip', ['link', 'show', 'eth0'])).rejects.toThrow();
    await network.makeAgain();
    await pod.ping(1);
  });

  it('ends with its last process', async () => {
    await using pod = await TestPod.create();
    await new PodNetwork(pod).deleteNamespace();
    expect(existsSync(`/proc/${pod.pid}/ns/net`)).toBe(false);
    expect(await hasLink(pod.hostDevice)).toBe(false);
  });

  it('comes back in another sandbox of the same Pod', async () => {
    await using pod = await TestPod.create();
    const namespace = () => readlinkSync(`/proc/${pod.pid}/ns/net`);
    const before = [pod.pid, namespace()];
    await pod.renewSandbox();
    expect([pod.pid, namespace()]).not.toEqual(before);
    await pod.ping(1);
  });
});
