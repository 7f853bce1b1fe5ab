import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operatorRules } from '../../../src/operator/rights.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { AgentProcess } from '../../harness/agent-process.ts';
import { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { requires } from '../../harness/requirements.ts';
import { grant } from '../../operator/grant.ts';

const SCRIPT = fileURLToPath(new URL('../../../scripts/bundle-example.ts', import.meta.url));
/** Its first line looks for node there. */
const PATH = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`;

// Far from node_modules: what is not in the bundle is missing.
let folder: string;
let program: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pcapper-bundle-'));
  await promisify(execFile)(process.execPath, [SCRIPT, join(folder, 'bundle')]);
  program = join(folder, 'bundle', 'operator.cjs');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the bundled operator', () => {
  it('says why it cannot start: to people on stderr, to programs by a line of its log', async () => {
    await using operator = new AgentProcess({ PATH, NAMESPAC: 'x', HEALTH_ADDRESS: 'here' }, [program]);
    expect(await operator.exited()).toBe(1);
    expect(operator.stderr).toMatch(/^AGENT_IMAGE is not set.*HEALTH_ADDRESS is "here".*\n$/);
    expect(operator.log.filter(({ level }) => level > 30)).toEqual([
      expect.objectContaining({ level: 40, msg: 'NAMESPAC is no setting of the operator and is ignored. Did you mean NAMESPACE?' }),
      expect.objectContaining({ level: 60, code: 'SettingInvalid', msg: operator.stderr.trim() }),
    ]);
  });

  it('tells all settings, its own and those of the agents', async () => {
    const { stdout } = await promisify(execFile)(program, ['--help'], { env: { PATH } });
    for (const variable of ['AGENT_IMAGE', 'DEPLOYMENT', 'MEMORY_LIMIT', 'MAX_TOTAL_FILESIZE']) expect(stdout).toContain(`  ${variable} `);
    await expect(promisify(execFile)(program, ['--version'], { env: { PATH } })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^The command line of the operator is wrong\. Unknown option '--version'\. The options are: .*--help\./) as string,
    });
  });
});

requires('kube-apiserver').describe('the bundled operator at work', () => {
  let api: KubeApiserver;
  beforeAll(async () => {
    api = await KubeApiserver.start();
    await api.request('POST', '/api/v1/namespaces', { metadata: { name: 'pcapper' } });
  });
  afterAll(() => api[Symbol.asyncDispose]());

  it('two of them, one of which leads; what it holds goes to the other when it is ended', async () => {
    const { inNamespace, inCluster } = operatorRules({ namespace: 'pcapper', configMap: 'pcapper-config' });
    await grant(api, { user: 'operator', rules: inCluster });
    await grant(api, { user: 'operator', namespace: 'pcapper', rules: inNamespace });
    const environment = { PATH, KUBECONFIG: await api.kubeconfigFor('operator'), AGENT_IMAGE: 'agent:1' };
    const begin = async (name: string) => {
      const operator = new AgentProcess({ ...environment, POD_NAME: name }, [program]);
      const { address } = await operator.logged(({ msg }) => msg === 'health is served');
      const answers = async (path: string) => (await fetch(`${String(address)}${path}`)).status;
      expect(await answers('/healthz')).toBe(200);
      return { operator, answers };
    };
    const first = await begin('first');
    await using operator = first.operator;
    await operator.logged(({ msg }) => msg === 'the operator is at work');
    expect(await first.answers('/readyz')).toBe(200);
    const second = await begin('second');
    await using other = second.operator;
    await eventually(async () => (await second.answers('/readyz')) === 200);
    expect(other.log.some(({ msg }) => msg === 'this process leads')).toBe(false);

    expect(await operator.end('SIGTERM')).toBe(0);
    await other.logged(({ msg }) => msg === 'the operator is at work');
    const lease = await api.request('GET', '/apis/coordination.k8s.io/v1/namespaces/pcapper/leases/pcapper-operator');
    expect((lease.body as { spec: { holderIdentity: string } }).spec.holderIdentity).toMatch(/^second_/);
    expect(await other.end('SIGTERM')).toBe(0);
    expect([...operator.log, ...other.log].filter(({ level, error }) => level >= 40 && /Forbidden|cannot/.test(String(error)))).toEqual([]);
    expect(operator.stderr + other.stderr).toBe('');
  });
});
