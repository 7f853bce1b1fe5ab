import { expect } from 'vitest';
import { CaptureApi } from '../adapters/kubernetes/capture-api.ts';
import { AgentWorld } from '../agent/agent-world.ts';
import type { Requirement } from '../harness/requirements.ts';
import type { CodeBlocks } from './code-blocks.ts';
import { FOR_NODE_OF_ITS_OWN, ON_NODE_OF_ITS_OWN } from './node-of-its-own.ts';

/** What a block is run in. */
export interface Surroundings {
  readonly needs: readonly Requirement[];
  /** @returns what it wrote to stdout */
  readonly run: (blocks: CodeBlocks, file: string) => Promise<string>;
  /** What it has to have written. Default: anything. */
  readonly says?: RegExp;
}

export const AS_IT_IS: Surroundings = { needs: [], run: (blocks, file) => blocks.run(file) };
const FOR_CLUSTER = ['root', 'tcpdump', 'ip', 'ping', 'cgroup', 'kube-apiserver'] as const;

const onNodeOfItsOwn: Surroundings = { needs: FOR_NODE_OF_ITS_OWN, run: (blocks, file) => blocks.run(file, { prefix: ON_NODE_OF_ITS_OWN }) };

/**
 * A process for each word: it is told to end once it has said that, and the next takes its place. Before the last one the time of every
 * capture is over, so that it has nothing to do, and lives all the same until it is told to end.
 */
const restarted = (...words: readonly string[]): Surroundings => ({
  needs: FOR_NODE_OF_ITS_OWN,
  run: (blocks, file) => blocks.run(file, { prefix: [...ON_NODE_OF_ITS_OWN, 'sh', '-euc', RESTARTED, 'restarted', words.join(' ')] }),
});

const RESTARTED = `
  words=$1 last=\${1##* }
  shift
  for word in $words; do
    if [ "$word" = "$last" ]; then sed -i 's/"seconds": *3600/"seconds":1/' /var/captures/*.json; fi
    "$@" >"/var/$word" 2>&1 &
    tail --follow=name --retry --pid=$! --lines=+1 "/var/$word" 2>/dev/null | grep --quiet --max-count=1 "$word" || { cat "/var/$word"; exit 1; }
    if [ "$word" = "$last" ]; then timeout 2 tail --follow --pid=$! /dev/null || true; fi
    kill -TERM $!
    wait $! || { cat "/var/$word"; exit 1; }
    cat "/var/$word"
  done
`;

const besideAPod: Surroundings = {
  needs: FOR_CLUSTER,
  run: async (blocks, file) => {
    await using api = await CaptureApi.start();
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web-1');
    await api.client.patch('/api/v1/namespaces/default/pods/web-1', 'merge', { metadata: { labels: { capture: 'allowed' } } });
    const process = blocks.start(file, { env: { KUBECONFIG: api.server.kubeconfig, NODE_NAME: 'n1', CAPTURES: world.hostmount.path } });
    for await (const line of process) if (/^capturing/.test(line)) await pod.ping(5);
    return (await process).stdout;
  },
};

/** An agent: it captures a Pod as a PacketCapture asks for, and leaves one that runs to the next when it is told to end. */
const asAgent: Surroundings = {
  needs: FOR_CLUSTER,
  run: async (blocks, file) => {
    await using api = await CaptureApi.start();
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web-1');
    const process = blocks.start(file, { env: { KUBECONFIG: api.server.kubeconfig, NODE_NAME: 'n1', CAPTURES: world.hostmount.path, HEALTH_PORT: '0' } });
    try {
      await world.capture('web', 'web-1', { captureFilter: 'icmp' });
      await Promise.race([world.reaches('web', 'running'), process]);
      await pod.ping(5);
      await world.patch('web', { stop: true });
      const { status } = await world.reaches('web', 'finished');
      await world.capture('goes-on', 'web-1');
      await world.reaches('goes-on', 'running');
      process.kill('SIGTERM');
      const { stdout } = await process;
      expect(await world.tcpdumps()).toEqual([]);
      expect((await api.get('goes-on')).status?.progress).toBe('running');
      return `${stdout}\n${status?.packets?.captured} captured`;
    } finally {
      process.kill('SIGTERM');
      await process.catch(() => undefined);
    }
  },
};

/** Blocks that need more than Node.js. All others are run as they are. */
export const SURROUNDINGS: Readonly<Record<string, Surroundings>> = {
  'README.md capture.ts': { ...onNodeOfItsOwn, says: /^finished / },
  'docs/capture-from-code.md capture.cjs': { ...onNodeOfItsOwn, says: /^It ended at its time limit/ },
  'docs/capture-from-code.md capture.ts': { ...onNodeOfItsOwn, says: /finished TimeLimit .*\n[1-9]\d* packets in \[ '\/var/ },
  'docs/capture-from-code.md errors.ts': { ...AS_IT_IS, says: /Your filter is wrong/ },
  'docs/capture-from-code.md remove-old.ts': { ...AS_IT_IS, says: /removed: \[ 'old' \]/ },
  'docs/capture-from-code.md pod.ts': { ...besideAPod, says: /capturing eth0 of web-1\n.* [1-9]\d* packets captured/ },
  'docs/capture-from-code.md service.ts': { ...restarted('capturing', 'goes', 'time'), says: /capturing eth0\neth0 Suspended\n0 had ended before\neth0 goes on\neth0 Suspended\n0 had ended before\neth0 has ended: It ended at its time limit/ },
  'docs/claim-rules.md label.ts': { ...besideAPod, says: /^web-1 is taken$/ },
  'docs/embed-the-agent.md agent-tsyringe.ts': { ...asAgent, says: /at work[^]*\n10 captured$/ },
  'docs/embed-the-agent.md agent.ts': { ...asAgent, says: /at work[^]*\nweb finished It was stopped as asked[^]*\n10 captured$/ },
  'docs/embed-the-agent.md webhook-sink.ts': { ...AS_IT_IS, says: /^posted: \{"name":"web","node":".*","progress":"finished","reason":"TimeLimit"/ },
  'docs/faq.md faq.ts': onNodeOfItsOwn,
  'docs/resolvers.md acme-resolver.test.ts': onNodeOfItsOwn,
  'docs/resolvers.md in-a-namespace.ts': { ...onNodeOfItsOwn, says: /^It was stopped as asked. 3 packets captured/ },
  'docs/resolvers.md nimbus.test.ts': onNodeOfItsOwn,
};
