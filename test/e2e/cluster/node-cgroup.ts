import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

/** Makes the cgroup that a kubelet takes for its root: in each hierarchy of v1, or the one of v2. */
export function makeNodeCgroup(name: string): void {
  if (existsSync(join(ROOT, 'cgroup.controllers'))) {
    mkdirSync(join(ROOT, name), { recursive: true });
    return;
  }
  for (const controller of readdirSync(ROOT)) {
    if (!existsSync(join(ROOT, controller, 'cgroup.procs'))) continue;
    mkdirSync(join(ROOT, controller, name), { recursive: true });
    // A new cpuset holds nothing, and takes no process, until it is told what.
    for (const file of controller.includes('cpuset') ? ['cpuset.cpus', 'cpuset.mems'] : []) {
      writeFileSync(join(ROOT, controller, name, file), readFileSync(join(ROOT, controller, file)));
    }
  }
}
