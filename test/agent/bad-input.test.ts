import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execa } from 'execa';
import { CaptureApi } from '../adapters/kubernetes/capture-api.ts';
import { eventually } from '../adapters/kubernetes/eventually.ts';
import { AgentProcess, TestHostmount } from '../harness/agent-process.ts';
import { requires } from '../harness/requirements.ts';
import { AgentWorld } from './agent-world.ts';

requires('root', 'tcpdump', 'ip', 'cgroup', 'kube-apiserver').describe('a capture that cannot be', () => {
  let api: CaptureApi;
  let world: AgentWorld;
  beforeAll(async () => {
    api = await CaptureApi.start();
    world = new AgentWorld(api);
    await world.pod('n1', 'web');
    await world.agent('n1');
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await api[Symbol.asyncDispose]();
  });

  const REFUSED: readonly [what: string, name: string, spec: object, reason: string, words: string][] = [
    ['a filter that does not compile', 'syntax', { captureFilter: 'tcp port' }, 'FilterInvalid', 'syntax error'],
    ['a filter with an option of tcpdump', 'option', { captureFilter: '-z /bin/sh' }, 'FilterInvalid', 'pcap-filter(7)'],
    ['a filter that would write elsewhere', 'write', { captureFilter: 'udp -w /tmp/elsewhere.pcap' }, 'FilterInvalid', 'pcap-filter(7)'],
    ['a filter with a host name', 'host', { captureFilter: 'host example.com' }, 'FilterHostName', '"example.com"'],
    ['a filter that is not for this link type', 'link', { captureFilter: 'ether host 02:00:00:00:00:01', targetInterface: 'any' }, 'FilterInvalid', 'LINUX_SLL2'],
    ['an interface that the Pod does not have', 'interface', { targetInterface: 'net1' }, 'InterfaceNotFound', 'eth0'],
    ['more disk than there is in the budget', 'large', { maxFileSize: '50M', fileCount: 2 }, 'DiskBudgetExceeded', 'MAX_TOTAL_FILESIZE'],
    ['a name that gives no file name', 'n'.repeat(253), {}, 'FileNameTooLong', '255'],
  ];
  for (const [what, name, spec, reason, words] of REFUSED) {
    it(`is told so in status and Event: ${what}`, async () => {
      await world.capture(name, 'web', spec);
      const capture = await world.reaches(name, 'failure');
      expect(capture.status).toMatchObject({ node: 'n1', reason });
      expect(capture.status?.message).toContain(words);
      const event = await eventually(async () => (await world.events(capture)).find(({ type }) => type === 'Warning'));
      expect(event.note).toContain(words);
      expect(world.pcapFiles).toEqual([]);
    });
  }
});

requires('root', 'tcpdump').describe('an agent that cannot be', () => {
  const KUBECONFIG = '/nonexistent/kubeconfig';
  async function refused(environment: Readonly<Record<string, string>>): Promise<string> {
    await using agent = new AgentProcess({ KUBECONFIG, ...environment });
    expect(await agent.exited()).toBe(1);
    return agent.stderr;
  }

  it('names every setting that is wrong, and what is allowed', async () => {
    const told = await refused({ NODE_NAME: '../n1', SCAN_INTERVAL: '0', MAX_TOTAL_FILESIZE: 'plenty', HOSTMOUNT: 'relative' });
    for (const words of ['NODE_NAME is "../n1"', 'SCAN_INTERVAL is "0"', 'MAX_TOTAL_FILESIZE is "plenty"', 'HOSTMOUNT is "relative"', '--help']) {
      expect(told).toContain(words);
    }
    expect(await refused({})).toContain('NODE_NAME is not set');
  });

  it('says what is wrong with its hostmount', async () => {
    expect(await refused({ NODE_NAME: 'n1', HOSTMOUNT: '/nonexistent/mount' })).toContain('/nonexistent/mount');
    const open = mkdtempSync(join(tmpdir(), 'pcapper-open-'));
    try {
      chmodSync(open, 0o777);
      expect(await refused({ NODE_NAME: 'n1', HOSTMOUNT: open })).toContain('everybody may write');
    } finally {
      rmSync(open, { recursive: true });
    }
  });

  it('says which program is missing, and how to install it', async () => {
    using hostmount = new TestHostmount();
    expect(await refused({ NODE_NAME: 'n1', HOSTMOUNT: hostmount.path, PATH: '/nonexistent' })).toContain('apt-get install');
  });
});

requires('root', 'tcpdump', 'kube-apiserver').describe('two agents on one hostmount', () => {
  it('may work for two nodes, not for one', async () => {
    await using api = await CaptureApi.start();
    await using world = new AgentWorld(api);
    await world.agent('n1');
    await world.agent('n2');
    const second = await world.agent('n1', {}, { wait: false });
    expect(await second.exited()).toBe(1);
    expect(second.stderr).toContain('Another agent or engine of n1 is already at work');
  });
});

describe('the help of the agent', () => {
  it('names every setting with its default', async () => {
    const { stdout } = await execa(process.execPath, ['examples/standalone-agent/main.ts', '--help']);
    for (const words of ['NODE_NAME', 'SCAN_INTERVAL', 'Default: 30.', 'MAX_TOTAL_FILESIZE', 'Default: 10G.', 'Default: 20G.', '/hostmount']) {
      expect(stdout).toContain(words);
    }
  });
});
