// Applies for a Lease as a process of its own: KUBECONFIG LEASE IDENTITY DURATION DEADLINE INTERVAL (milliseconds).
import { KubernetesClient, loadConnection } from '../../../src/adapters/kubernetes/index.ts';
import { SystemClock } from '../../../src/adapters/system-clock.ts';
import { LeaderElection } from '../../../src/operator/lease/leader-election.ts';

const [kubeconfig = '', name = '', identity = '', ...times] = process.argv.slice(2);
const [duration = 0, renewDeadline = 0, renewInterval = 0] = times.map(Number);
const life = new AbortController();
process.once('SIGTERM', () => life.abort(new Error('SIGTERM')));

using client = new KubernetesClient(await loadConnection({ kubeconfig }));
const election = new LeaderElection({
  client,
  clock: new SystemClock(),
  namespace: 'default',
  name,
  identity,
  times: { duration, renewDeadline, renewInterval },
});
await election.run(async (term) => {
  process.stdout.write('leads\n');
  // Keeps the process alive: a signal alone does not.
  const alive = setInterval(() => undefined, 60_000);
  await new Promise((resolve) => term.addEventListener('abort', resolve, { once: true }));
  clearInterval(alive);
  process.stdout.write(`over: ${(term.reason as Error).message}\n`);
}, life.signal);
