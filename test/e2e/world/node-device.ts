import type { E2eWorld, TrafficPod } from './e2e-world.ts';

/** Name of the node's end of a Pod's veth pair, as the node's own network shows it. */
export async function nodeDevice(world: E2eWorld, pod: TrafficPod): Promise<string> {
  const index = await world.kubectl.run('-n', pod.namespace, 'exec', pod.name, '--', 'cat', '/sys/class/net/eth0/iflink');
  const links = await world.inAgent(pod.node, 'sh', '-c', 'grep -H . /sys/class/net/*/ifindex');
  const [, name] = new RegExp(`^/sys/class/net/([^/]+)/ifindex:${index.trim()}$`, 'm').exec(links) ?? [];
  if (name === undefined) throw new Error(`no device with index ${index} on ${pod.node}:\n${links}`);
  return name;
}
