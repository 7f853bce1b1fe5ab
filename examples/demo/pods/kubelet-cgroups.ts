import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where cgroup hierarchies are mounted: a controller of v1, v2 beside v1, v2 alone. */
const HIERARCHIES = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup/unified', '/sys/fs/cgroup'];

/** Cgroups of the shape that the kubelet gives to Pods, in a folder of our own so that no kubelet takes them for its. */
export class KubeletCgroups implements Disposable {
  readonly path: string;
  readonly #made: string[] = [];

  /** @throws the system's error where cgroups cannot be made */
  static make(): KubeletCgroups {
    const hierarchy = HIERARCHIES.find((root) => existsSync(join(root, 'cgroup.procs')));
    if (hierarchy === undefined) throw new Error('no cgroup hierarchy is mounted at /sys/fs/cgroup');
    return new KubeletCgroups(join(hierarchy, `pcapper-demo-${randomBytes(4).toString('hex')}`));
  }

  private constructor(path: string) {
    this.path = path;
    try {
      for (const folder of [path, this.#burstable('..'), this.#burstable()]) this.#mkdir(folder);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Makes the cgroup of a container, `…/kubepods/burstable/pod<uid>/<id>`. Returns what puts a process into it. */
  container(podUid: string): (pid: number) => void {
    const pod = this.#burstable(`pod${podUid}`);
    const folder = join(pod, randomBytes(32).toString('hex'));
    for (const each of [pod, folder]) this.#mkdir(each);
    return (pid) => writeFileSync(join(folder, 'cgroup.procs'), String(pid));
  }

  /** Only when all processes have ended. */
  [Symbol.dispose](): void {
    for (const folder of this.#made.splice(0).reverse()) rmdirSync(folder);
  }

  #burstable(...below: string[]): string {
    return join(this.path, 'kubepods', 'burstable', ...below);
  }

  #mkdir(folder: string): void {
    if (this.#made.includes(folder)) return;
    mkdirSync(folder);
    this.#made.push(folder);
  }
}
