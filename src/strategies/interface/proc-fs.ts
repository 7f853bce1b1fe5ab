import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What pcapper reads of /proc/PID/stat (proc(5)). */
export interface ProcessStat {
  /** Field 2, without its parentheses: the program's name, at most 15 bytes. */
  readonly comm: string;
  /** Field 3: `Z` is a zombie. */
  readonly state: string;
  /** Field 4; 0 when the parent is not in this PID namespace. */
  readonly parent: number;
  /** Field 22: clock ticks since boot. With the pid it identifies a process. */
  readonly startTime: number;
}

/** Files of /proc/PID/net, which show the network namespace of that process. */
export type NetworkTable = 'dev' | 'route' | 'ipv6_route' | 'dev_mcast' | 'igmp';

/** A process, or the one that reads. */
export type Pid = number | 'self';

/**
 * Reads procfs. What belongs to a process that has ended is `undefined`.
 *
 * The files of single processes are read synchronously: that takes 20 µs, and a seventh of what it takes asynchronously.
 * Whoever reads many must let others have their turn in between.
 */
export class ProcFs {
  readonly root: string;
  /** Whether the agent is a container of a Pod itself: only then can hostPID be what it lacks. */
  readonly isInPod: boolean;

  /**
   * @param root Default: `/proc`.
   * @param isInPod Default: whether there is the variable that the kubelet gives to every container.
   */
  constructor(root = '/proc', isInPod = process.env['KUBERNETES_SERVICE_HOST'] !== undefined) {
    this.root = root;
    this.isInPod = isInPod;
  }

  /** The processes that are visible, in ascending order of pid. */
  async pids(): Promise<number[]> {
    const names = await readdir(this.root);
    return names
      .filter((name) => /^[1-9][0-9]*$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  }

  cgroup(pid: Pid): string | undefined {
    return unlessEnded(() => readFileSync(this.#path(pid, 'cgroup'), 'utf8'));
  }

  stat(pid: number): ProcessStat | undefined {
    const line = unlessEnded(() => readFileSync(this.#path(pid, 'stat'), 'utf8'));
    // A program may have any name: the last parenthesis ends it.
    const end = line?.lastIndexOf(')') ?? -1;
    if (line === undefined || end < 0) return undefined;
    const [state = '', parent = '', ...rest] = line.slice(end + 2).split(' ');
    return {
      comm: line.slice(line.indexOf('(') + 1, end),
      state,
      parent: Number(parent),
      startTime: Number(rest[17]),
    };
  }

  /**
   * Inode of the process's network namespace.
   * @throws an error with code EACCES or EPERM where SYS_PTRACE is missing
   */
  networkNamespace(pid: Pid): bigint | undefined {
    return unlessEnded(() => statSync(this.networkNamespacePath(pid), { bigint: true }).ino);
  }

  networkNamespacePath(pid: Pid): string {
    return this.#path(pid, 'ns/net');
  }

  /** As in `pid:[4026531836]`. */
  ownPidNamespace(): string | undefined {
    return unlessEnded(() => readlinkSync(this.#path('self', 'ns/pid')));
  }

  /** Empty when the process has ended, or the kernel lacks the protocol. */
  async networkTable(pid: Pid, table: NetworkTable): Promise<string> {
    try {
      return await readFile(this.#path(pid, `net/${table}`), 'utf8');
    } catch (error) {
      if (hasEnded(error)) return '';
      throw error;
    }
  }

  #path(pid: Pid, file: string): string {
    return join(this.root, String(pid), file);
  }
}

/** Whether a read failed because the right to it is missing. */
export function isDenied(error: unknown): boolean {
  return hasCode(error, 'EACCES', 'EPERM');
}

function unlessEnded<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (hasEnded(error)) return undefined;
    throw error;
  }
}

/** Linux answers EINVAL for the network files of a process that is just ending. */
function hasEnded(error: unknown): boolean {
  return hasCode(error, 'ENOENT', 'ESRCH', 'EINVAL');
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
