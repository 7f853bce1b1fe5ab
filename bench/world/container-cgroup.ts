import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kubectl } from '../../test/e2e/world/kubectl.ts';
import { residentFileMegabytes } from './process-figures.ts';

const ROOT = '/sys/fs/cgroup';

/** A container's processes and memory, as the kernel has them in its cgroup of v1 or v2. */
export class ContainerCgroup {
  readonly container: string;
  readonly #folder: string;
  readonly #isV2: boolean;

  /** Of the first container of a Pod. */
  static async ofPod(kubectl: Kubectl, { namespace, name }: { readonly namespace: string; readonly name: string }): Promise<ContainerCgroup> {
    const id = await kubectl.run('-n', namespace, 'get', 'pod', name, '-o', 'jsonpath={.status.containerStatuses[0].containerID}');
    return new ContainerCgroup(id.replace(/^\w+:\/\//, ''));
  }

  /** @param container its id, as in the `containerID` of a Pod's status after `containerd://` */
  constructor(container: string) {
    this.container = container;
    this.#isV2 = existsSync(join(ROOT, 'cgroup.controllers'));
    const hierarchy = this.#isV2 ? ROOT : join(ROOT, 'memory');
    const found = execFileSync('find', [hierarchy, '-type', 'd', '-name', container], { encoding: 'utf8' }).split('\n')[0];
    if (!found) throw new Error(`there is no cgroup of the container ${container} below ${hierarchy}`);
    this.#folder = found;
  }

  get pids(): readonly number[] {
    return readFileSync(join(this.#folder, 'cgroup.procs'), 'utf8').trim().split('\n').map(Number);
  }

  /** What the kubelet calls the working set: all that is charged, less the pages of files that nobody has used lately. MB (10^6 bytes). */
  workingSet(): number {
    const used = this.#number(this.#isV2 ? 'memory.current' : 'memory.usage_in_bytes');
    return (used - this.#statistic(this.#isV2 ? 'inactive_file' : 'total_inactive_file')) / 1e6;
  }

  /**
   * Pages of programs that its largest process uses and that are charged to others, who read them before: another
   * container of the same image, or containerd, which wrote them. MB. On another node they would be its own.
   */
  chargedToOthers(): number {
    const used = this.pids.map((pid) => residentFileMegabytes(pid));
    return Math.max(0, Math.max(...used) - this.#statistic(this.#isV2 ? 'file_mapped' : 'total_mapped_file') / 1e6);
  }

  /** What is of processes and no file's, as the heaps of programs. MB. */
  anonymous(): number {
    return this.#statistic(this.#isV2 ? 'anon' : 'total_rss') / 1e6;
  }

  /** The most that was ever charged, pages of files included, which the kernel takes back when it needs them. MB. */
  peak(): number {
    return this.#number(this.#isV2 ? 'memory.peak' : 'memory.max_usage_in_bytes') / 1e6;
  }

  #number(file: string): number {
    return Number(readFileSync(join(this.#folder, file), 'utf8'));
  }

  #statistic(name: string): number {
    const found = new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(join(this.#folder, 'memory.stat'), 'utf8'))?.[1];
    if (found === undefined) throw new Error(`${join(this.#folder, 'memory.stat')} says nothing of ${name}`);
    return Number(found);
  }
}
