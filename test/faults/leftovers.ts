import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostmountView } from './hostmount-view.ts';

/** Kernel locks on files in these folders, as /proc/locks has them. */
export function locksIn(hostmounts: readonly HostmountView[]): string[] {
  const names = new Map(hostmounts.flatMap((view) => view.names().map((name) => [lockedFile(join(view.path, name)), name] as const)));
  return readFileSync('/proc/locks', 'utf8').split('\n').flatMap((line) => {
    const file = /[0-9a-f]+:[0-9a-f]+:\d+/.exec(line)?.[0];
    const name = file === undefined ? undefined : names.get(file);
    return name === undefined ? [] : [`${name}: ${line}`];
  });
}

/** How /proc/locks names a file: major and minor number of its device, and its inode (proc(5)). */
function lockedFile(path: string): string {
  const { dev, ino } = lstatSync(path);
  const hex = (number: number) => number.toString(16).padStart(2, '0');
  return `${hex((dev >> 8) & 0xfff)}:${hex((dev & 0xff) | ((dev >> 12) & 0xfff00))}:${ino}`;
}

/** Files besides locks, an empty ledger, and those of captures whose files are to be kept. */
export function strayFiles(view: HostmountView, retained: readonly string[]): string[] {
  const kept = new Set(retained.flatMap((uid) => view.filesOf(uid)));
  const bases = new Set([...kept].map((name) => name.replace(/\.\d+\.pcap\d*$/, '')));
  return view.names().filter((name) => {
    if (/^\.pcapper.*\.lock$/.test(name) || name === '.pcapper-ledger.json' || kept.has(name)) return false;
    return !(name.endsWith('.json') && bases.has(name.replace(/\.\d+\.json$/, '')));
  });
}

/** What there is more of now than before. */
export function growth(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): string[] {
  return [...now].filter(([kind, count]) => count > (before.get(kind) ?? 0)).map(([kind, count]) => `${kind}: ${count}, before ${before.get(kind) ?? 0}`);
}
