import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { ChainProcess } from './fault.ts';
import type { RunEvidence } from './checker/evidence.ts';

const EVERY_MS = 25;

interface Watched extends ChainProcess {
  readonly uid: string;
  readonly startTime: string;
}

/** Looks at /proc all along: which processes of captures there are, and whether there are ever too many. */
export class ProcessWatch implements Disposable {
  readonly doubles: RunEvidence['doubles'][number][] = [];
  readonly resurrections: RunEvidence['resurrections'][number][] = [];
  readonly #uids = new Set<string>();
  readonly #hasEnded: (uid: string) => boolean;
  readonly #known = new Map<string, Watched | undefined>();
  readonly #seen = new Set<string>();
  readonly #timer: NodeJS.Timeout;

  /** @param hasEnded whether the end of a capture stands in its status. */
  constructor(hasEnded: (uid: string) => boolean, alsoLook: () => void) {
    this.#hasEnded = hasEnded;
    this.#timer = setInterval(() => {
      this.#look();
      alsoLook();
    }, EVERY_MS);
  }

  add(uid: string): void {
    this.#uids.add(uid);
  }

  /** Living processes of a capture's chain. */
  chain(uid: string): readonly Watched[] {
    return this.#processes().filter((process) => process.uid === uid);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const byUid = Map.groupBy(this.#processes().filter(({ program }) => program === 'tcpdump'), ({ uid }) => uid);
    for (const [uid, processes] of byUid) {
      for (const { pid, startTime } of processes) {
        const key = `${pid} ${startTime}`;
        if (!this.#seen.has(key) && this.#hasEnded(uid)) this.resurrections.push({ uid, pid, at: Date.now() });
        this.#seen.add(key);
      }
      // One may have ended while the others were looked at.
      const pids = processes.length > 1 ? processes.filter(({ pid, startTime }) => stateOf(pid)?.startTime === startTime).map(({ pid }) => pid) : [];
      if (pids.length > 1) this.doubles.push({ uid, at: Date.now(), pids });
    }
  }

  #processes(): Watched[] {
    const found: Watched[] = [];
    for (const name of readdirSync('/proc')) {
      const pid = Number(name);
      const state = Number.isNaN(pid) ? undefined : stateOf(pid);
      if (state === undefined || (state.program !== 'tcpdump' && state.program !== 'timeout')) continue;
      const key = `${pid} ${state.startTime} ${state.program}`;
      if (!this.#known.has(key)) {
        const uid = /(?:^|\0)PCAPPER_CAPTURE=([^\0]*)/.exec(read(`/proc/${pid}/environ`) ?? '')?.[1];
        this.#known.set(key, uid !== undefined && this.#uids.has(uid) ? { pid, uid, ...state } : undefined);
      }
      const watched = this.#known.get(key);
      if (watched) found.push(watched);
    }
    return found;
  }
}

/** Program and start of a living process. */
function stateOf(pid: number): { readonly program: string; readonly startTime: string } | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const close = stat.lastIndexOf(')');
  const fields = stat.slice(close + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { program: stat.slice(stat.indexOf('(') + 1, close), startTime: fields[19] ?? '' };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** Descriptors of a process by what they are, sockets aside: connections to the API server come and go. */
export function descriptorsOf(pid: number): Map<string, number> {
  const counts = new Map<string, number>();
  const folder = `/proc/${pid}/fd`;
  for (const fd of readdirSync(folder)) {
    let kind: string;
    try {
      kind = readlinkSync(`${folder}/${fd}`).replace(/(?<=^(?:pipe|net|anon_inode)).*/, '');
    } catch {
      continue;
    }
    if (!kind.startsWith('socket')) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** Processes that belong to captures of these uids or work in these folders, as command lines. */
export function processesOf(uids: ReadonlySet<string>, folders: readonly string[]): string[] {
  const found: string[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (Number.isNaN(pid) || pid === process.pid || stateOf(pid) === undefined) continue;
    const command = (read(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ');
    const environment = read(`/proc/${pid}/environ`) ?? '';
    const uid = /(?:^|\0)PCAPPER_CAPTURE=([^\0]*)/.exec(environment)?.[1];
    const hostmount = /(?:^|\0)HOSTMOUNT=([^\0]*)/.exec(environment)?.[1];
    const isOurs = (uid !== undefined && uids.has(uid)) || folders.some((folder) => command.includes(folder) || hostmount === folder);
    if (isOurs) found.push(`${pid} ${command}`);
  }
  return found;
}

/** Processes that are in, or have open, that network namespace, besides those whose it is. */
export function holdersOf(inode: string, owners: readonly number[]): string[] {
  const found: string[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || owners.includes(Number(name))) continue;
    const links = [`/proc/${name}/ns/net`];
    try {
      links.push(...readdirSync(`/proc/${name}/fd`).map((fd) => `/proc/${name}/fd/${fd}`));
    } catch {
      continue;
    }
    const holds = links.some((link) => {
      try {
        return readlinkSync(link) === inode;
      } catch {
        return false;
      }
    });
    if (holds) found.push(`${name} ${(read(`/proc/${name}/cmdline`) ?? '').replaceAll('\0', ' ')}`);
  }
  return found;
}
