import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { ProcessIdentity } from '../../core/tcpdump-runner.ts';
import { captureTag } from './chain-environment.ts';
import { identifyProcess } from './process-identity.ts';

/** The programs of the chain; a process is any of them in turn until it is tcpdump. */
const PROGRAMS = new Set(['tcpdump', 'nsenter', 'setpriv', 'timeout']);

/** Reading synchronously is 7 times as fast; in portions, it does not hold up the event loop for more than 5 ms. */
const PORTION = 200;

/** The processes of a capture's chains, tcpdump itself ahead of what guards it. */
export async function findTaggedProcesses(captureUid: string, bootId: string): Promise<readonly ProcessIdentity[]> {
  const tag = captureTag(captureUid);
  const found: (ProcessIdentity & { readonly guard: boolean })[] = [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  for (const [index, pid] of pids.entries()) {
    if (index % PORTION === PORTION - 1) await setImmediate();
    const program = read(`/proc/${pid}/comm`)?.trimEnd();
    if (program === undefined || !PROGRAMS.has(program)) continue;
    const before = identifyProcess(Number(pid), bootId);
    if (!before || !read(`/proc/${pid}/environ`)?.split('\0').includes(tag)) continue;
    if (identifyProcess(Number(pid), bootId)?.startTime !== before.startTime) continue;
    found.push({ ...before, guard: program === 'timeout' });
  }
  return found.sort((a, b) => Number(a.guard) - Number(b.guard)).map(({ pid, startTime }) => ({ pid, startTime, bootId }));
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
