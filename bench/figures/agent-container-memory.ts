import { setTimeout as sleep } from 'node:timers/promises';
import { NAMESPACE } from '../../test/adapters/kubernetes/capture-api.ts';
import { installShipped } from '../../test/e2e/install.ts';
import type { Subject } from '../figure.ts';
import { ContainerCgroup } from '../world/container-cgroup.ts';
import { LOCAL_CLUSTER, measureOnLocalCluster, type MeasureOnCluster } from '../world/on-local-cluster.ts';
import { sendFlood } from '../world/packet-flood.ts';

const AT_ONCE = 16;
const PODS = 4;
/** To each Pod, packets a second; four captures write each of them. */
const RATE = 1_000;
const SECONDS = 20;
const SAMPLE_EVERY_MS = 100;
/** 192Mi, which is what the DaemonSet requests for the agent, in MB. */
const REQUESTED = (192 * 1024 * 1024) / 1e6;

/**
 * The most that the agent's container takes of memory with 16 captures of 4 Pods running at once on its node, with the
 * default buffers (2 MiB of kernel ring each, which counts), while each Pod is sent 1,000 packets of 1,000 bytes a second
 * for 20 s: 16 MB a second are written. The container holds the agent, and tcpdump with what stands before it, 16 times.
 *
 * `agent.containerMemory`: the working set of the container's cgroup as the kubelet has it, by which it evicts (usage less
 * inactive pages of files), and the pages of Node itself, which are charged to whoever read them first; the largest of
 * samples every 100 ms from before the captures until after the packets.
 * `…anonymous`: the largest of what no file stands behind. `…peak`: the kernel's own maximum, with all pages of the files
 * that were written, which it takes back before a limit is met.
 */
export const subject: Subject = {
  names: ['agent.containerMemory', 'agent.containerMemory.anonymous', 'agent.containerMemory.peak'],
  needs: [...LOCAL_CLUSTER, 'perl'],
  run: () => measureOnLocalCluster(import.meta.filename),
};

export const measure: MeasureOnCluster = async ({ cluster, world, say }) => {
  await installShipped(cluster);
  const [node = ''] = await world.nodes();
  const pods = await Promise.all(Array.from({ length: PODS }, (_, i) => world.pod(`web-${i}`, node)));
  const agent = { namespace: NAMESPACE, name: await world.agentPod(node) };
  const memory = await ContainerCgroup.ofPod(world.kubectl, agent);
  const tell = (when: string) => say(`${when}: ${memory.workingSet().toFixed(1)} MB, and ${memory.chargedToOthers().toFixed(1)} MB charged to others`);
  tell('idle');
  using sampled = new Samples(memory);
  const captures = Array.from({ length: AT_ONCE }, (_, i) => ({ name: `at-once-${i}`, pod: pods[i % PODS] }));
  await Promise.all(captures.map(({ name, pod }) => world.capture(name, { ...(pod && world.of(pod)), maxFileSize: '50M', fileCount: 2 })));
  for (const { name } of captures) await world.reaches(name, 'running');
  tell(`${AT_ONCE} captures run`);
  await Promise.all(pods.map(({ address }, stream) => sendFlood({ address, stream, rate: RATE, count: RATE * SECONDS, bytes: 1_000 })));
  await sleep(SAMPLE_EVERY_MS);
  for (const { name } of captures) {
    const { status } = await world.reaches(name, 'running', (capture) => (capture.status?.packets?.captured ?? 0) >= RATE * SECONDS);
    if (status?.packets?.dropped !== 0) throw new Error(`${name} dropped ${status?.packets?.dropped} packets`);
  }
  if ((await ContainerCgroup.ofPod(world.kubectl, agent)).container !== memory.container) throw new Error('the container was started anew meanwhile');
  return [
    { name: 'agent.containerMemory', value: sampled.total, unit: 'MB', target: { of: 'value', atMost: REQUESTED } },
    { name: 'agent.containerMemory.anonymous', value: sampled.anonymous, unit: 'MB' },
    { name: 'agent.containerMemory.peak', value: memory.peak(), unit: 'MB' },
  ];
};

/** The largest of each from now on. */
class Samples implements Disposable {
  total = 0;
  anonymous = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(memory: ContainerCgroup) {
    this.#timer = setInterval(() => {
      this.total = Math.max(this.total, memory.workingSet() + memory.chargedToOthers());
      this.anonymous = Math.max(this.anonymous, memory.anonymous());
    }, SAMPLE_EVERY_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
