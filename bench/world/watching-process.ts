// Watches as that many agents do. Arguments: kubeconfig, number of the first agent, how many. Asked by IPC for a uid.
import { KubernetesClient, loadConnection, NodePods, PacketCaptureSource, type WatchEvent, type WatchOptions } from '../../src/adapters/kubernetes/index.ts';
import { SystemClock } from '../../src/adapters/system-clock.ts';
import { ReceivedLines } from './received-lines.ts';
import type { WatchingMessage } from './watching-agents.ts';

/** Agents that list and open their watches at once. */
const AT_ONCE = 10;

class CountingClient extends KubernetesClient {
  readonly received = new ReceivedLines();

  override async *watch(path: string, options?: WatchOptions): AsyncGenerator<WatchEvent, void, undefined> {
    for await (const event of super.watch(path, options)) {
      this.received.add(event);
      yield event;
    }
  }
}

const [kubeconfig = '', first = '', count = ''] = process.argv.slice(2);
const clock = new SystemClock();
const { signal } = new AbortController();
const clients: CountingClient[] = [];

async function startAgent(number: number): Promise<void> {
  const client = new CountingClient(await loadConnection({ kubeconfig }));
  clients.push(client);
  const options = { client, clock, node: `node-${number}` };
  const source = new PacketCaptureSource({ ...options, namespace: 'pcapper' });
  await Promise.all([source.start(() => undefined, signal), new NodePods(options).start(() => undefined, signal)]);
}

function say(message: WatchingMessage): void {
  process.send?.(message);
}

process.on('disconnect', () => process.exit());
process.on('message', (uid: string) => {
  const received = clients.map((client) => client.received.of(uid));
  const sum = (of: keyof (typeof received)[number]) => received.reduce((total, each) => total + each[of], 0);
  say({ kind: 'received', received: { lines: sum('lines'), afterClaim: sum('afterClaim'), agents: sum('agents') } });
});

const numbers = Array.from({ length: Number(count) }, (_, i) => Number(first) + i);
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) await startAgent(number);
  }),
);
say({ kind: 'ready' });
