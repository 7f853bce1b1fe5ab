import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { killAtExit } from '../../harness/at-exit.ts';
import { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { requires } from '../../harness/requirements.ts';
import { LEASES } from './candidate.ts';

const MAIN = fileURLToPath(new URL('candidate-process.ts', import.meta.url));
const SHORT = [8_000, 6_000, 1_000];
/** So long that nobody waits it out here. */
const LONG = [300_000, 200_000, 60_000];

class CandidateProcess implements AsyncDisposable {
  readonly process: ChildProcess;
  said = '';

  constructor(api: KubeApiserver, lease: string, identity: string, times: readonly number[]) {
    this.process = spawn(process.execPath, [MAIN, api.kubeconfig, lease, identity, ...times.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
    killAtExit(this.process);
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
  }

  async says(words: string): Promise<void> {
    await eventually(() => this.said.includes(words), 50_000);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exit = once(this.process, 'exit');
    this.process.kill(signal);
    await exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
  }
}

requires('kube-apiserver').describe('two processes', () => {
  let api: KubeApiserver;
  beforeAll(async () => {
    api = await KubeApiserver.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  const holder = async (lease: string) => ((await api.request('GET', `${LEASES}/${lease}`)).body as { spec: { holderIdentity: string } }).spec.holderIdentity;

  test('one is killed: the other leads after the duration', async () => {
    await using first = new CandidateProcess(api, 'killed', 'first', SHORT);
    await first.says('leads');
    await using second = new CandidateProcess(api, 'killed', 'second', SHORT);
    await first.end('SIGKILL');
    const killed = performance.now();
    expect(first.said).toBe('leads\n');
    await second.says('leads');
    // As it still led, it had renewed at most a deadline before.
    expect(performance.now() - killed).toBeGreaterThan(1_900);
    expect(await holder('killed')).toBe('second');
  });

  test('one is asked to end: the other leads although the duration is long', async () => {
    await using first = new CandidateProcess(api, 'ended', 'first', LONG);
    await first.says('leads');
    await using second = new CandidateProcess(api, 'ended', 'second', LONG);
    await first.end('SIGTERM');
    expect(first.process.exitCode).toBe(0);
    expect(first.said).toContain('over: SIGTERM');
    await second.says('leads');
  });

  test('one is stopped and goes on: it learns that it leads no more, and the other keeps the Lease', async () => {
    await using first = new CandidateProcess(api, 'stopped', 'first', SHORT);
    await first.says('leads');
    await using second = new CandidateProcess(api, 'stopped', 'second', SHORT);
    first.process.kill('SIGSTOP');
    await second.says('leads');
    first.process.kill('SIGCONT');
    await first.says('over: The Lease default/stopped');
    expect(await holder('stopped')).toBe('second');
    expect(first.said.match(/leads/g)).toHaveLength(1);
  });
});
