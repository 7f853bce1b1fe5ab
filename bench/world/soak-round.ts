import { readdirSync, readFileSync } from 'node:fs';
import { type Capture, type CaptureApi, CAPTURES } from '../../test/adapters/kubernetes/capture-api.ts';
import { eventually } from '../../test/adapters/kubernetes/eventually.ts';
import type { TestPod } from '../../test/harness/test-pod.ts';
import type { BenchAgent } from './bench-agent.ts';
import { createNodePod } from './node-pod.ts';

const PODS = '/api/v1/namespaces/default/pods';
const PATIENCE_MS = 60_000;

/** Captures as they come and go in a cluster, ended in every ordinary way, and all gone at the end. */
export class SoakRound {
  readonly #api: CaptureApi;
  readonly #node: string;
  readonly #pods: readonly TestPod[];
  readonly #name: string;
  #captures = 0;

  constructor(api: CaptureApi, node: string, pods: readonly TestPod[], name: string) {
    this.#api = api;
    this.#node = node;
    this.#pods = pods;
    this.#name = name;
  }

  /** Resolves with the number of captures, when all of them are deleted. */
  async run(): Promise<number> {
    const traffic = this.#pods.map((pod) => pod.ping(150, { interval: 0.02 }));
    await Promise.all([
      this.#endsByTime(),
      this.#endsByPackets(),
      this.#isStopped(),
      this.#isStopped(),
      this.#isDeletedWhileItRuns(),
      this.#isDeletedAtOnce(),
      this.#fails({ captureFilter: 'port and and' }, 'FilterInvalid'),
      this.#fails({ maxFileSize: '1G', fileCount: 20 }, 'DiskBudgetExceeded'),
      this.#losesItsPod(),
      ...traffic,
    ]);
    return this.#captures;
  }

  /** So many captures that fail at once, a few at a time. */
  async fail(captures: number): Promise<void> {
    for (let i = 0; i < captures; i += 8) {
      await Promise.all(Array.from({ length: 8 }, () => this.#fails({ captureFilter: 'port and and' }, 'FilterInvalid')));
    }
  }

  async #endsByTime(): Promise<void> {
    const name = await this.#make({ captureSeconds: 2 });
    await this.#ends(name, 'finished', 'TimeLimit');
  }

  async #endsByPackets(): Promise<void> {
    const pod = this.#pods[0];
    const name = await this.#make({ maxPackets: 40 }, pod);
    await this.#reaches(name, 'running');
    await pod?.ping(50);
    await this.#ends(name, 'finished', 'PacketLimit');
  }

  async #isStopped(): Promise<void> {
    const name = await this.#make({});
    await this.#reaches(name, 'running');
    await this.#api.client.patch(`${CAPTURES}/${name}`, 'merge', { spec: { stop: true } });
    await this.#ends(name, 'finished', 'Stopped');
  }

  async #isDeletedWhileItRuns(): Promise<void> {
    const name = await this.#make({});
    await this.#reaches(name, 'running');
    await this.#api.delete(name);
  }

  async #isDeletedAtOnce(): Promise<void> {
    await this.#api.delete(await this.#make({}));
  }

  async #fails(spec: object, reason: string): Promise<void> {
    await this.#ends(await this.#make(spec), 'failure', reason);
  }

  async #losesItsPod(): Promise<void> {
    await using pod = await createNodePod(this.#api, this.#node, `${this.#name}-short-lived`);
    const name = await this.#make({}, pod);
    await this.#reaches(name, 'running');
    await pod.kill();
    await this.#api.client.delete(`${PODS}/${pod.name}`);
    await this.#ends(name, 'finished');
  }

  async #make(spec: object, pod = this.#pods[this.#captures % this.#pods.length]): Promise<string> {
    this.#captures += 1;
    const name = `${this.#name}-${this.#captures}`;
    await this.#api.make(name, { targetNamespace: 'default', targetPod: pod?.name, maxFileSize: '1M', fileCount: 2, captureSeconds: 60, ...spec });
    return name;
  }

  async #reaches(name: string, progress: string): Promise<Capture> {
    return eventually(async () => {
      const capture = await this.#api.get(name);
      const { status } = capture;
      const isTerminal = status?.progress === 'finished' || status?.progress === 'failure';
      if (isTerminal && status.progress !== progress) throw new Error(`${name} is ${status.progress} (${status.reason ?? ''}) instead of ${progress}: ${status.message ?? ''}`);
      return status?.progress === progress ? capture : undefined;
    }, PATIENCE_MS);
  }

  async #ends(name: string, progress: 'finished' | 'failure', reason?: string): Promise<void> {
    const { status } = await this.#reaches(name, progress);
    if (reason !== undefined && status?.reason !== reason) throw new Error(`${name} ended with ${status?.reason ?? 'no reason'} instead of ${reason}: ${status?.message ?? ''}`);
    await this.#api.delete(name);
  }
}

/** Resolves once nothing is left of any capture: no resource, no file, no child process. */
export async function untilNothingIsLeft(api: CaptureApi, agent: BenchAgent): Promise<void> {
  await eventually(async () => {
    const { items } = await api.client.list(CAPTURES);
    const files = readdirSync(agent.hostmount).filter((name) => !name.startsWith('.'));
    const children = readFileSync(`/proc/${agent.pid}/task/${agent.pid}/children`, 'utf8').trim();
    return items.length === 0 && files.length === 0 && children === '';
  }, PATIENCE_MS);
}
