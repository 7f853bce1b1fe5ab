import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectPcapFile } from '../../../src/adapters/pcap/inspect-pcap-file.ts';
import { SystemClock } from '../../../src/adapters/system-clock.ts';
import { TcpdumpProcessRunner } from '../../../src/adapters/tcpdump/tcpdump-process-runner.ts';
import type { ResolvedInterface } from '../../../src/core/interface-resolver.ts';
import type { RunSpec } from '../../../src/core/tcpdump-runner.ts';
import { TestPod } from '../../harness/test-pod.ts';
import { podInterface } from './pod-interface.ts';

/** A Pod, a folder and a real runner. */
export class Workplace implements AsyncDisposable {
  readonly runner = new TcpdumpProcessRunner({ clock: new SystemClock() });
  readonly pod: TestPod;
  readonly folder: string;
  readonly interface: ResolvedInterface;
  readonly #uids: string[] = [];
  readonly #made: AsyncDisposableStack;

  static async create(): Promise<Workplace> {
    await using made = new AsyncDisposableStack();
    const pod = made.use(await TestPod.create());
    const folder = await mkdtemp(join(tmpdir(), 'pcapper-tcpdump-'));
    made.defer(() => rm(folder, { recursive: true, force: true }));
    const interface_ = made.use(await podInterface(pod));
    return new Workplace(pod, folder, interface_, made.move());
  }

  private constructor(pod: TestPod, folder: string, interface_: ResolvedInterface, made: AsyncDisposableStack) {
    this.#made = made;
    this.#made.defer(() => this.#killAll());
    this.pod = pod;
    this.folder = folder;
    this.interface = interface_;
  }

  spec(changes: Partial<RunSpec> = {}): RunSpec {
    const captureUid = changes.captureUid ?? randomUUID();
    this.#uids.push(captureUid);
    return {
      captureUid,
      interface: this.interface,
      path: join(this.folder, `n1.${captureUid}.1700000000.pcap`),
      maxFileSize: 10_000_000,
      fileCount: 2,
      snapLength: 262_144,
      secondsLeft: 600,
      promiscuous: false,
      ...changes,
    };
  }

  /** What the files of a run hold together. */
  async packets({ path }: RunSpec): Promise<number> {
    let packets = 0;
    for (const file of await this.files(path)) packets += (await inspectPcapFile(file)).packets;
    return packets;
  }

  async files(path: string): Promise<string[]> {
    return (await readdir(this.folder)).map((name) => join(this.folder, name)).filter((name) => name.startsWith(path)).sort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#made.disposeAsync();
  }

  async #killAll(): Promise<void> {
    // Some tests give uids that are none.
    for (const uid of this.#uids.filter((given) => /^[\w-]+$/.test(given))) {
      for (const { pid } of await this.runner.findProcesses(uid)) process.kill(pid, 'SIGKILL');
    }
  }
}
