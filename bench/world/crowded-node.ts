import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { killAtExit } from '../../test/harness/at-exit.ts';
import { joinCgroup } from '../../test/harness/cgroup.ts';

const PROCESSES_PER_POD = 30;
/** $1 sleepers in a PID namespace of their own: they all end with its first process, which ends with its parent. */
const SLEEPERS = 'i=1; while [ $i -lt "$1" ]; do sleep 86400 & i=$((i+1)); done; echo ready; exec sleep 86400';
/** Waits until it is in its cgroup. */
const SANDBOX = `read go; exec setpriv --pdeathsig KILL unshare --pid --fork --kill-child=KILL sh -c '${SLEEPERS}' sh "$1"`;

interface Crowd {
  readonly process: ChildProcess;
  readonly cgroup: Disposable;
}

/** Many sleeping processes in the cgroups of Pods, as on a busy node. */
export class CrowdedNode implements AsyncDisposable {
  readonly processes: number;
  readonly #crowds: readonly Crowd[];

  /** @param processes at least so many. */
  static async create(processes: number): Promise<CrowdedNode> {
    const crowds: Crowd[] = [];
    try {
      while (crowds.length * PROCESSES_PER_POD < processes) crowds.push(await crowd());
      return new CrowdedNode(crowds);
    } catch (error) {
      await endAll(crowds);
      throw error;
    }
  }

  private constructor(crowds: readonly Crowd[]) {
    this.#crowds = crowds;
    this.processes = crowds.length * PROCESSES_PER_POD;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endAll(this.#crowds);
  }
}

async function crowd(): Promise<Crowd> {
  const process = spawn('sh', ['-c', SANDBOX, 'sh', String(PROCESSES_PER_POD)], { stdio: ['pipe', 'pipe', 'inherit'] });
  killAtExit(process);
  const cgroup = joinCgroup(`/kubepods/burstable/pod${randomUUID()}/${randomBytes(32).toString('hex')}`, process.pid ?? 0);
  process.stdin.end('go\n');
  const ready = await Promise.race([once(process.stdout, 'data').then(() => true), once(process, 'exit').then(() => false)]);
  if (!ready) throw new Error('sleeping processes could not be started');
  return { process, cgroup };
}

async function endAll(crowds: readonly Crowd[]): Promise<void> {
  for (const { process } of crowds) {
    if (process.exitCode !== null || process.signalCode !== null) continue;
    const exit = once(process, 'exit');
    process.kill('SIGKILL');
    await exit;
  }
  // The kernel ends the namespaces by itself, a moment later; a cgroup can go when it is empty.
  await sleep(1_000);
  for (const { cgroup } of crowds) cgroup[Symbol.dispose]();
}
