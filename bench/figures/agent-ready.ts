import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Subject } from '../figure.ts';
import { BenchAgent } from '../world/bench-agent.ts';
import { BenchCluster } from '../world/bench-cluster.ts';
import { quantile } from '../world/statistics.ts';

const STARTS = 15;

/**
 * From the spawn of the agent to the first answer 200 of its /readyz, which is asked every 4 ms: programs checked, lock
 * taken, first lists read. The bundled agent, with the credentials of a ServiceAccount, 100 Pods on its node, no
 * captures left over. The baseline is `node -e 0` from spawn to exit, in turns with it and started in the same way. Medians.
 *
 * Depends on the CPU above all (most of it is loading code), on the versions of Node, tcpdump and util-linux, on the
 * file cache being warm (the first turn is thrown away), and on the API server, here one without other load on loopback.
 */
export const subject: Subject = {
  names: ['agent.ready', 'agent.ready.p90'],
  needs: ['root', 'tcpdump', 'nsenter', 'kube-apiserver'],
  async run() {
    await using cluster = await BenchCluster.start();
    await cluster.fillNode('node-1', 100);
    await using account = await cluster.serviceAccount();
    const [bare, agent]: [number[], number[]] = [[], []];
    for (let turn = -1; turn < STARTS; turn += 1) {
      const bareTook = await timeBareNode(account.prefix);
      await using started = await BenchAgent.start({ node: 'node-1', credentials: cluster.inCluster, prefix: account.prefix });
      if (turn < 0) continue;
      bare.push(bareTook / 1000);
      agent.push(started.readyAfter / 1000);
    }
    return [
      { name: 'agent.ready', value: quantile(agent, 0.5), unit: 's', baseline: quantile(bare, 0.5), target: { of: 'value', atMost: 0.4 } },
      { name: 'agent.ready.p90', value: quantile(agent, 0.9), unit: 's', baseline: quantile(bare, 0.9) },
    ];
  },
};

async function timeBareNode(prefix: readonly string[]): Promise<number> {
  const [program, ...argv] = [...prefix, process.execPath, '-e', '0'];
  const begun = performance.now();
  await once(spawn(program, argv, { stdio: 'ignore' }), 'exit');
  return performance.now() - begun;
}
