import { accessSync, constants, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Root of a cgroup hierarchy in which the tests can put processes: a v1 controller, or v2. */
export function cgroupHierarchy(): string | undefined {
  return ['/sys/fs/cgroup/pids', '/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find((root) => {
    try {
      accessSync(join(root, 'cgroup.procs'), constants.W_OK);
      return existsSync(join(root, 'cgroup.procs'));
    } catch {
      return false;
    }
  });
}

/** Puts a process into a cgroup of this path (`/kubepods/burstable/pod…/…`), which is made as needed. */
export function joinCgroup(path: string, pid: number): Disposable {
  const root = cgroupHierarchy();
  if (root === undefined) throw new Error('no writable cgroup hierarchy');
  const folder = join(root, path);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'cgroup.procs'), String(pid));
  return {
    [Symbol.dispose]() {
      // Parents are shared with other Pods of the tests: the first that is not empty ends it.
      for (let at = folder; at !== root; at = dirname(at)) {
        try {
          rmdirSync(at);
        } catch {
          return;
        }
      }
    },
  };
}
