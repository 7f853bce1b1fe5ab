import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentWorld, fileNames } from '../../agent/agent-world.ts';
import { CaptureApi, NAMESPACE } from '../../adapters/kubernetes/capture-api.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { AgentProcess } from '../../harness/agent-process.ts';
import { countPackets, ECHO_REQUEST } from '../../harness/packet-count.ts';
import { requires } from '../../harness/requirements.ts';
import { ServiceAccountMount } from '../../harness/service-account-mount.ts';
import { OneShotWorld } from './one-shot-world.ts';

const SCRIPT = fileURLToPath(new URL('../../../scripts/bundle-example.ts', import.meta.url));
/** Its first line looks for node there. */
const PATH = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`;

// Far from node_modules: what is not in the bundle is missing.
let folder: string;
let agentFile: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pcapper-bundle-'));
  await promisify(execFile)(process.execPath, [SCRIPT, join(folder, 'bundle')]);
  agentFile = join(folder, 'bundle', 'agent.cjs');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the bundled agent', () => {
  const run = async (environment: Record<string, string>) => {
    await using agent = new AgentProcess({ PATH, ...environment }, [agentFile]);
    return { code: await agent.exited(), log: agent.log, stderr: agent.stderr };
  };

  it('says why it cannot start: to people on stderr, to programs by a line of its log', async () => {
    const { code, log, stderr } = await run({ MAX_TOTAL_FILESIZE: 'plenty' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^NODE_NAME is not set.*MAX_TOTAL_FILESIZE is "plenty".*\n$/);
    expect(log).toEqual([expect.objectContaining({ level: 60, code: 'SettingInvalid', msg: stderr.trim() })]);
  });

  it('tells all settings, and takes no other option', async () => {
    const { stdout } = await promisify(execFile)(agentFile, ['--help'], { env: { PATH } });
    for (const variable of ['NODE_NAME', 'HOSTMOUNT', 'MAX_TOTAL_FILESIZE']) expect(stdout).toContain(`  ${variable} `);
    expect(stdout).toContain('As an option: --source VALUE. Default: packetcapture.');
    await expect(promisify(execFile)(agentFile, ['--source', 'job'], { env: { PATH } })).rejects.toMatchObject({
      code: 2,
      stderr: 'The command line of the agent is wrong. --source is "job"; it must be one or more of packetcapture, annotation, with a comma between them. See --help.\n',
    });
    await expect(promisify(execFile)(agentFile, ['--sauce', 'x'], { env: { PATH } })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^The command line of the agent is wrong\. Unknown option '--sauce'\. The options are: .*--help\./) as string,
    });
  });

  it('warns of variables that are nearly settings', async () => {
    const { log } = await run({ NODENAME: 'n1', MIN_DISK_FREE: '1G', MIN_FREE_DISK: '' });
    expect(log.filter(({ level }) => level === 40).map(({ msg }) => msg)).toEqual([
      'NODENAME is no setting of the agent and is ignored. Did you mean NODE_NAME?',
    ]);
  });
});

requires('root', 'tcpdump', 'ip', 'ping', 'cgroup').describe('the bundled agent in one-shot mode', () => {
  it('captures, and leaves its outcome', async () => {
    await using world = new OneShotWorld();
    const pod = await world.pod();
    const process = world.start(world.order(pod), { PATH }, [agentFile]);
    await process.capturing();
    expect(process.isReady).toBe(true);
    await pod.ping(4);
    expect(await process.end('SIGTERM')).toBe(0);
    expect(process.stderr).toBe('');
    expect(process.outcome).toMatchObject({ progress: 'finished', reason: 'Stopped', packets: { captured: 8 }, gapCount: 0 });
    expect(await world.count(process.outcome, ECHO_REQUEST)).toBe(4);
  });

  it('says what is wrong with its order', async () => {
    await using world = new OneShotWorld();
    const process = world.start('{}', { PATH }, [agentFile]);
    expect(await process.exited()).toBe(2);
    expect(process.outcome).toMatchObject({ node: 'n1', reason: 'SettingInvalid' });
  });
});

requires('root', 'tcpdump', 'ip', 'ping', 'cgroup', 'kube-apiserver').describe('the bundled agent at work', () => {
  let api: CaptureApi;
  let token: string;
  beforeAll(async () => {
    api = await CaptureApi.start();
    const account = JSON.parse(await readFile(await api.server.kubeconfigForServiceAccount(NAMESPACE, 'agent'), 'utf8')) as { users: [{ user: { token: string } }] };
    token = account.users[0].user.token;
    await api.client.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'agent' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', namespace: NAMESPACE, name: 'agent' }],
    });
  });
  afterAll(() => api[Symbol.asyncDispose]());

  /** Ready, a capture of a Pod, the metrics, and the end. */
  const works = async (credentials: Record<string, string>, prefix: readonly string[] = []) => {
    await using world = new AgentWorld(api);
    const pod = await world.pod('n1', 'web');
    const environment = { PATH, NODE_NAME: 'n1', HOSTMOUNT: world.hostmount.path, METRICS: 'true', ...credentials };
    await using agent = new AgentProcess(environment, [...prefix, agentFile]);
    const address = await agent.ready();
    await eventually(async () => (await fetch(`${address}/readyz`)).status === 200);
    await world.capture('job', 'web', { captureFilter: 'icmp', maxPackets: 8 });
    await world.reaches('job', 'running');
    await pod.ping(4);
    const capture = await world.reaches('job', 'finished');
    expect(capture.status).toMatchObject({ reason: 'PacketLimit', packets: { captured: 8 } });
    expect(await countPackets(world.hostmount.path, fileNames(capture), ECHO_REQUEST)).toBe(4);
    expect(await (await fetch(`${address}/metrics`)).text()).toContain('pcapper_captures_total{progress="finished",reason="PacketLimit"} 1\n');
    expect(await agent.end('SIGTERM')).toBe(0);
    expect(agent.stderr).toBe('');
  };

  const kubeconfig = async (user: object) => {
    const config = JSON.parse(await readFile(api.server.kubeconfig, 'utf8')) as { users: [{ user: object }] };
    config.users[0].user = user;
    const path = join(await mkdtemp(join(folder, 'kubeconfig-')), 'config');
    await writeFile(path, JSON.stringify(config));
    return { KUBECONFIG: path };
  };
  const program = async (name: string, prints: object) => {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\necho '${JSON.stringify(prints)}'\n`, { mode: 0o755 });
    return path;
  };

  it('with the ServiceAccount of its Pod', async () => {
    await using account = await ServiceAccountMount.create({ token, caFile: api.server.caFile });
    const { hostname, port } = new URL(api.server.url);
    await works({ KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port }, account.prefix);
  });

  it('with a kubeconfig and a client certificate', () => works({ KUBECONFIG: api.server.kubeconfig }));

  it('with a kubeconfig and a token', async () => works(await kubeconfig({ token })));

  it('with a kubeconfig and an exec plugin', async () => {
    const command = await program('plugin', { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } });
    await works(await kubeconfig({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command, interactiveMode: 'Never' } }));
  });

  it("with a kubeconfig and a cloud provider's command", async () => {
    const command = await program('provider', { credential: { access_token: token, token_expiry: '2099-01-01T00:00:00Z' } });
    const config = { 'cmd-path': command, 'cmd-args': 'print', 'token-key': '{.credential.access_token}', 'expiry-key': '{.credential.token_expiry}' };
    await works(await kubeconfig({ 'auth-provider': { name: 'gcp', config } }));
  });
});
