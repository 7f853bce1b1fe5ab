import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcFs } from '../../../src/strategies/interface/proc-fs.ts';

export interface FixtureProcess {
  readonly pid: number | 'self';
  readonly cgroup: string;
  readonly comm?: string;
  readonly state?: string;
  readonly parent?: number;
  readonly startTime?: number;
  /** Processes with the same name here share a network namespace. Default: `node`. */
  readonly network?: string;
}

/** Node process 1, and the agent with hostNetwork and hostPID. */
export const NODE_PROCESSES: readonly FixtureProcess[] = [
  { pid: 1, comm: 'systemd', cgroup: '0::/init.scope\n', startTime: 1 },
  { pid: 'self', comm: 'node', cgroup: '0::/\n' },
];

/** A folder that looks like /proc: for what this machine's kernel cannot be brought to show. */
export class FixtureProc implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'pcapper-proc-'));
  readonly proc = new ProcFs(this.root, true);

  constructor(processes: readonly FixtureProcess[], { pidNamespace = 'pid:[4026531836]' } = {}) {
    mkdirSync(join(this.root, 'networks'));
    for (const process of processes) this.add(process);
    symlinkSync(pidNamespace, join(this.root, 'self/ns/pid'));
  }

  add({ pid, cgroup, comm = 'sleep', state = 'S', parent = 1, startTime = 1000, network = 'node' }: FixtureProcess): void {
    const folder = join(this.root, String(pid));
    mkdirSync(join(folder, 'ns'), { recursive: true });
    writeFileSync(join(folder, 'cgroup'), cgroup);
    const between = Array.from({ length: 17 }, () => '0').join(' ');
    writeFileSync(join(folder, 'stat'), `${pid} (${comm}) ${state} ${parent} ${between} ${startTime} 0 0\n`);
    const tables = join(this.root, 'networks', network);
    mkdirSync(tables, { recursive: true });
    // Not a namespace, but it has an inode that whoever opens it sees.
    writeFileSync(join(tables, 'inode'), '');
    writeFileSync(join(tables, 'dev'), 'Inter-| Receive\n face |bytes\n    lo: 0 0\n  eth0: 0 0\n');
    writeFileSync(join(tables, 'route'), 'Iface\tDestination\tGateway\tFlags\neth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n');
    symlinkSync(join(tables, 'inode'), join(folder, 'ns/net'));
    symlinkSync(tables, join(folder, 'net'));
  }

  end(pid: number): void {
    rmSync(join(this.root, String(pid)), { recursive: true });
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true });
  }
}
