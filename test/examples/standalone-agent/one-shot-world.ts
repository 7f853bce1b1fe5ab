import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CaptureOutcome, parseOutcome } from '../../../src/api/one-shot/capture-outcome.ts';
import { formatOrder, type OneShotOrder } from '../../../src/api/one-shot/capture-order.ts';
import type { CaptureLimits, CaptureRequest } from '../../../src/core/capture-request.ts';
import type { CaptureFile } from '../../../src/core/capture-result.ts';
import { AGENT_COMMAND, AgentProcess, TestHostmount } from '../../harness/agent-process.ts';
import { countPackets } from '../../harness/packet-count.ts';
import { TestPod } from '../../harness/test-pod.ts';

/** A ping and its answer. */
export const PINGS = 'icmp[icmptype] == icmp-echo or icmp[icmptype] == icmp-echoreply';

/** An agent in one-shot mode as a process, with what the kubelet looks at. */
export class OneShotProcess extends AgentProcess {
  readonly #run: string;

  constructor(environment: Readonly<Record<string, string>>, command: readonly string[]) {
    const run = mkdtempSync(join(tmpdir(), 'pcapper-one-shot-'));
    // The kubelet makes it before the container starts.
    writeFileSync(join(run, 'termination-log'), '');
    super({ NODE_NAME: 'n1', READY_FILE: join(run, 'run', 'capturing'), TERMINATION_LOG: join(run, 'termination-log'), ...environment }, command);
    this.#run = run;
  }

  /** What the container's probe asks. */
  get isReady(): boolean {
    return existsSync(join(this.#run, 'run', 'capturing'));
  }

  /** Resolves once it says that it captures. */
  async capturing(): Promise<void> {
    await this.logged(({ progress }) => progress === 'running');
  }

  get terminationMessage(): string {
    return readFileSync(join(this.#run, 'termination-log'), 'utf8');
  }

  /** What its termination message says. */
  get outcome(): CaptureOutcome {
    const outcome = parseOutcome(this.terminationMessage);
    if (outcome === undefined) throw new Error(`no outcome: ${JSON.stringify(this.terminationMessage)}\n${this.stderr}`);
    return outcome;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    rmSync(this.#run, { recursive: true, force: true });
  }
}

/** A folder of a node, Pods with real packets, and agents in one-shot mode. */
export class OneShotWorld implements AsyncDisposable {
  readonly hostmount = new TestHostmount();
  readonly #open: AsyncDisposable[] = [];

  async pod(name = 'web'): Promise<TestPod> {
    const pod = await TestPod.create({ name });
    this.#open.push(pod);
    return pod;
  }

  /** To capture that Pod with small limits. */
  order({ namespace, name, uid }: TestPod, limits: Partial<CaptureLimits> = {}, request: Partial<CaptureRequest> = {}): OneShotOrder {
    const target = { kind: 'pod', namespace, name, uid } as const;
    const all = { maxFileSize: 1_000_000, fileCount: 2, snapLength: 262_144, seconds: 600, ...limits };
    return { request: { uid: `uid-of-${name}`, name, target, filter: PINGS, limits: all, ...request }, target: { ...target, cgroupUid: uid, hostNetwork: false } };
  }

  /** Starts a process for an order, or for whatever else is in place of one. */
  start(order: OneShotOrder | string, environment: Readonly<Record<string, string>> = {}, command: readonly string[] = AGENT_COMMAND): OneShotProcess {
    const text = typeof order === 'string' ? order : formatOrder(order);
    const process = new OneShotProcess({ HOSTMOUNT: this.hostmount.path, CAPTURE_ORDER: text, ...environment }, [...command, '--once']);
    this.#open.push(process);
    return process;
  }

  /** Names of what is in the folder, but for the ledger. */
  get files(): string[] {
    return readdirSync(this.hostmount.path).filter((name) => !name.startsWith('.pcapper-ledger')).sort();
  }

  get pcapFiles(): CaptureFile[] {
    return this.files.filter((name) => /\.pcap\d*$/.test(name)).map((name) => ({ name, bytes: statSync(join(this.hostmount.path, name)).size }));
  }

  /** How many packets lie in the files of an outcome, counted by tcpdump. */
  count({ files }: { readonly files: readonly CaptureFile[] }, filter?: string): Promise<number> {
    return countPackets(this.hostmount.path, files.map(({ name }) => name), filter);
  }

  /** What is reserved on disk, by capture. */
  get reserved(): string[] {
    const ledger = JSON.parse(readFileSync(join(this.hostmount.path, '.pcapper-ledger.json'), 'utf8')) as { readonly entries?: readonly { readonly captureUid: string }[] };
    return (ledger.entries ?? []).map(({ captureUid }) => captureUid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#open.reverse()) await each[Symbol.asyncDispose]();
    this.hostmount[Symbol.dispose]();
  }
}
