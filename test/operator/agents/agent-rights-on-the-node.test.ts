import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseOutcome } from '../../../src/api/one-shot/capture-outcome.ts';
import { AGENT_CAPABILITIES } from '../../../src/operator/agents/agent-pod.ts';
import { CaptureApi } from '../../adapters/kubernetes/capture-api.ts';
import { AgentWorld, fileNames, SMALL } from '../../agent/agent-world.ts';
import { OneShotWorld } from '../../examples/standalone-agent/one-shot-world.ts';
import { AGENT_COMMAND } from '../../harness/agent-process.ts';
import { countPackets, ECHO_REQUEST } from '../../harness/packet-count.ts';
import { requires } from '../../harness/requirements.ts';

const CONTAINER = 'mount --bind "$1" "$1" && mount -o remount,ro,bind / && shift && exec "$@"';

/** As a runtime starts the agent's container: these capabilities and no others, and nothing that may be written but the hostmount. */
function contained(hostmount: string, capabilities: readonly string[]): string[] {
  const bounding = ['-all', ...capabilities.map((name) => `+${name.toLowerCase()}`)].join(',');
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', CONTAINER, 'sh', hostmount, 'setpriv', `--bounding-set=${bounding}`, '--inh-caps=-all', '--'];
}

/** From 4.99.5 on tcpdump leaves its groups alone with `-Z root`. */
function tcpdumpSetsGroups(): boolean {
  const [, patch] = /tcpdump version 4\.99\.(\d+)/.exec(execFileSync('tcpdump', ['--version'], { encoding: 'utf8' })) ?? [];
  return patch !== undefined && Number(patch) < 5;
}

requires('root', 'tcpdump', 'ip', 'ping', 'cgroup', 'mount', 'kube-apiserver').describe('the rights of the agent on its node', () => {
  let api: CaptureApi;
  beforeAll(async () => {
    api = await CaptureApi.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  test('suffice to capture a Pod of root, and an interface of the node', async () => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    await using agent = await world.agent('n1', {}, { prefix: contained(world.hostmount.path, AGENT_CAPABILITIES) });
    await world.capture('pod', 'web', { captureFilter: 'icmp', maxPackets: 4 });
    await api.make('node', { ...SMALL, targetNamespace: null, targetPod: null, targetNode: 'n1', targetInterface: pod.hostDevice, captureFilter: 'icmp', maxPackets: 4 });
    await Promise.all([world.reaches('pod', 'running'), world.reaches('node', 'running')]);
    await pod.ping(2);
    for (const name of ['pod', 'node']) {
      const capture = await world.reaches(name, 'finished');
      expect(await countPackets(world.hostmount.path, fileNames(capture), ECHO_REQUEST)).toBe(2);
    }
    expect(await agent.end('SIGTERM')).toBe(0);
  });

  test('suffice for the one-shot mode, and to go on with one that was killed', async () => {
    await using world = new OneShotWorld();
    const pod = await world.pod();
    const folder = world.hostmount.path;
    // Nothing else may be written there.
    const [READY_FILE, TERMINATION_LOG] = [join(folder, 'run', 'capturing'), join(folder, 'termination-log')];
    writeFileSync(TERMINATION_LOG, '');
    const start = () => world.start(world.order(pod), { READY_FILE, TERMINATION_LOG }, [...contained(folder, AGENT_CAPABILITIES), ...AGENT_COMMAND]);
    const first = start();
    await first.capturing();
    expect(existsSync(READY_FILE)).toBe(true);
    await first.end('SIGKILL');
    const second = start();
    await second.capturing();
    await pod.ping(3);
    expect(await second.end('SIGTERM')).toBe(0);
    expect(existsSync(READY_FILE)).toBe(false);
    const outcome = parseOutcome(readFileSync(TERMINATION_LOG, 'utf8'));
    expect(outcome).toMatchObject({ progress: 'finished', reason: 'Partial', packets: { captured: 6 }, gapCount: 1 });
    expect(await countPackets(folder, outcome?.files.map(({ name }) => name) ?? [], ECHO_REQUEST)).toBe(3);
  });

  test.each(AGENT_CAPABILITIES)('do not without %s', async (missing) => {
    await using world = new AgentWorld(api);
    await world.pod('n1', 'web');
    await using _agent = await world.agent('n1', {}, { prefix: contained(world.hostmount.path, AGENT_CAPABILITIES.filter((name) => name !== missing)) });
    await world.capture('pod', 'web');
    const isNeeded = missing !== 'SETGID' || tcpdumpSetsGroups();
    const { status } = await world.reaches('pod', isNeeded ? 'failure' : 'running');
    expect(status?.files ?? []).toEqual([]);
  });
});
