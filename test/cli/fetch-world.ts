import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { API_VERSION } from '../../src/api/v1alpha1/group.ts';
import type { PacketCaptureStatus } from '../../src/api/v1alpha1/packet-capture-status.ts';
import { formatManifest, manifestFileName } from '../../src/adapters/disk/manifest-file.ts';
import { runCommandLine } from '../../src/cli/command-line.ts';
import type { CaptureManifest, SegmentRecord } from '../../src/core/capture-manifest.ts';
import { PcapRing } from '../../src/testing/pcap-ring.ts';
import { closed, manifestOf } from '../adapters/disk/manifests.ts';
import { FakeCluster } from './fake-cluster.ts';

const NODE = 'n1';
const START = 1_700_000_000;

export interface WrittenSegment {
  readonly packets: number;
  readonly fileCount?: number;
  /** Bytes of each packet. */
  readonly packetBytes?: number;
  readonly linkType?: 'EN10MB' | 'RAW';
}

export interface WrittenCapture {
  readonly uid?: string;
  readonly name?: string;
  /** Seconds since 1970 of its first segment. */
  readonly seconds?: number;
  readonly segments: readonly WrittenSegment[];
  readonly progress?: 'running' | 'finished' | 'failure';
  readonly status?: Partial<PacketCaptureStatus>;
}

/** A cluster with one agent, the folder of its captures, and somebody at a terminal who wants one. */
export class FetchWorld implements AsyncDisposable {
  readonly cluster: FakeCluster;
  readonly #root: string;
  readonly hostmount: string;
  /** Where the person is. */
  readonly home: string;

  static async create(): Promise<FetchWorld> {
    const root = await mkdtemp(join(tmpdir(), 'pcapper-get-'));
    const world = new FetchWorld(root, await FakeCluster.start());
    await mkdir(world.hostmount);
    await mkdir(world.home);
    await writeFile(join(root, 'kubeconfig'), world.cluster.kubeconfig);
    world.runAgent('pcapper-abcde');
    return world;
  }

  private constructor(root: string, cluster: FakeCluster) {
    this.#root = root;
    this.cluster = cluster;
    this.hostmount = join(root, 'hostmount');
    this.home = join(root, 'home');
  }

  /** The Pod of the DaemonSet on the node; in place of the last one. */
  runAgent(pod: string, changes: object = {}): void {
    const spec = { nodeName: NODE, containers: [{ name: 'agent', env: [{ name: 'NODE_NAME' }, { name: 'HOSTMOUNT', value: `${this.hostmount}/` }] }] };
    const other = { metadata: { name: 'other' }, spec: { nodeName: NODE, containers: [{ name: 'x' }] }, status: { phase: 'Running' } };
    const ours = { metadata: { name: pod, ownerReferences: [{ kind: 'DaemonSet', name: 'pcapper' }], ...changes }, spec, status: { phase: 'Running' } };
    this.cluster.pods = [other, ours];
  }

  /** Writes a capture as an agent leaves it behind, packets 10 ms apart. @returns the names of its files in the order of their packets */
  async write({ uid, name = 'web', seconds = START, segments, progress = 'finished', status = {} }: WrittenCapture): Promise<readonly string[]> {
    const open = manifestOf(NODE, name, seconds);
    const [template] = open.segments as [SegmentRecord];
    let packets = 0;
    let wrapped = false;
    const files: { name: string; bytes: number }[] = [];
    const records: SegmentRecord[] = [];
    for (const [index, { packets: many, fileCount = 10, packetBytes = 1000, linkType = 'EN10MB' }] of segments.entries()) {
      const file = `${NODE}.${name}.${seconds + index}.pcap`;
      const ring = new PcapRing({ path: join(this.hostmount, file), fileCount, maxFileSize: 100_000, snapLength: 262_144, linkType });
      for (let i = 0; i < many; i += 1) ring.write(packetBytes, (seconds + index * 1000) * 1000 + i * 10);
      ring.close();
      const perFile = Math.floor((100_000 - 24) / (packetBytes + 16)) + 1;
      const last = Math.ceil(many / perFile) - 1;
      wrapped ||= last >= fileCount;
      for (let turn = Math.max(0, last - fileCount + 1); turn <= last; turn += 1) {
        const suffix = fileCount === 1 ? '' : String(turn % fileCount).padStart(String(fileCount - 1).length, '0');
        files.push({ name: file + suffix, bytes: (await stat(join(this.hostmount, file + suffix))).size });
      }
      packets += many;
      records.push({ ...template, file, fileCount });
    }
    const manifest: CaptureManifest = { ...open, request: { ...open.request, ...(uid !== undefined && { uid }) }, segments: records, gaps: [] };
    const counters = { captured: packets, received: packets, dropped: 0 };
    const ended = closed(manifest);
    const state = ended.state.kind === 'closed' ? { ...ended.state, result: { ...ended.state.result, packets: counters, files, wrapped, gaps: [] } } : ended.state;
    await writeFile(join(this.hostmount, manifestFileName(manifest.id)), formatManifest(progress === 'running' ? manifest : { ...ended, gaps: [], state }));
    this.cluster.captures.set(name, {
      apiVersion: API_VERSION,
      kind: 'PacketCapture',
      metadata: { name, namespace: 'pcapper', uid: uid ?? `uid-of-${name}` },
      spec: {},
      status: {
        progress,
        node: NODE,
        reason: 'TimeLimit',
        message: 'It ended at its time limit.',
        packets: counters,
        files: files.slice(-50),
        filesTotal: { count: files.length, bytes: 1 },
        wrapped,
        ...status,
      } satisfies PacketCaptureStatus,
    });
    return files.map((file) => file.name);
  }

  path(name: string): string {
    return join(this.home, name);
  }

  /** What the merged file of those files must be. */
  async merged(names: readonly string[]): Promise<Buffer> {
    const contents = await Promise.all(names.map((name) => readFile(join(this.hostmount, name))));
    return Buffer.concat(contents.map((content, index) => (index === 0 ? content : content.subarray(24))));
  }

  get environment(): Record<string, string> {
    return { KUBECONFIG: join(this.#root, 'kubeconfig'), HOME: this.home };
  }

  /** Runs `pcapper` with that, in this process. */
  async pcapper(argv: readonly string[], { signal = new AbortController().signal, stdout = new Collecting(), isTTY = false } = {}) {
    let said = '';
    const screen = {
      isTTY,
      columns: 80,
      write: (text: string) => {
        said += text;
      },
    };
    const exitCode = await runCommandLine({ program: 'pcapper', argv, env: this.environment, stdout, screen, signal });
    return { exitCode, said, stdout: stdout.bytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
    await rm(this.#root, { recursive: true, force: true });
  }
}

/** A stdout that keeps what is written. */
export class Collecting extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#chunks.push(chunk);
    done();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
