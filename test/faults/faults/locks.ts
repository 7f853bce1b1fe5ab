import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { killAtExit } from '../../harness/at-exit.ts';
import type { AgentUnderFault } from '../agent-under-fault.ts';
import type { Fault, FaultKind, Truth } from '../fault.ts';
import type { CrashPoint, Step } from '../steps.ts';

const LEDGER_LOCK = '.pcapper-ledger.lock';

/** The steps at which the ledger is changed, and the agent has its lock. */
const LEDGER_POINT: Partial<Readonly<Record<Step, CrashPoint>>> = {
  'before-claim': 'ledger-adopt',
  reserved: 'ledger-reserve',
  stopping: 'ledger-release',
};
const ledgerSteps = Object.keys(LEDGER_POINT) as Step[];
const ledgerPoint = (step: Step): CrashPoint => LEDGER_POINT[step] ?? step;

type Acts = Pick<Fault, 'strike' | 'heal'>;

function fault(acts: Acts, truth: Truth, dispose: () => Promise<void> = () => Promise.resolve()): Fault {
  return { ...acts, truth: () => truth, [Symbol.asyncDispose]: dispose };
}

/** Another program that has the ledger's lock, or is the next to have it: the agent that was halted may hold it. */
async function holdLedger(hostmount: string): Promise<ChildProcess> {
  const path = join(hostmount, LEDGER_LOCK);
  const holder = spawn('flock', ['--exclusive', '--no-fork', path, 'sleep', '600'], { stdio: 'ignore' });
  killAtExit(holder);
  const inode = statSync(path).ino;
  await eventually(() => readFileSync('/proc/locks', 'utf8').split('\n').some((line) => line.includes(`:${inode} `) && line.includes(` ${holder.pid ?? 0} `)));
  return holder;
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

export const LOCK_FAULTS: readonly FaultKind[] = [
  {
    name: 'ledger-holder-sigkill',
    steps: ledgerSteps,
    point: ledgerPoint,
    sharedHostmount: true,
    stage: () => Promise.resolve(fault({
      strike: async ({ victim }) => {
        await victim.end('SIGKILL');
      },
    }, { partial: true })),
  },
  {
    name: 'ledger-holder-sigstop',
    steps: ledgerSteps,
    point: ledgerPoint,
    sharedHostmount: true,
    stage: () => Promise.resolve(fault({ strike: ({ random }) => sleep(random.whole(500, 4_000)) }, {})),
  },
  {
    name: 'ledger-held-by-another',
    steps: ['claimed', 'reserved', 'running', 'stopping', 'reporting'],
    stage: () => {
      let holder: ChildProcess | undefined;
      return Promise.resolve(fault({
        strike: async ({ hostmount }) => {
          holder = await holdLedger(hostmount);
        },
        heal: async ({ random }) => {
          await sleep(random.whole(500, 3_000));
          await kill(holder);
        },
      }, {}, () => kill(holder)));
    },
  },
  {
    name: 'second-agent-of-node',
    steps: ['claimed', 'reserved', 'spawned', 'running', 'stopping'],
    stage: () => {
      let rival: AgentUnderFault | undefined;
      return Promise.resolve(fault({
        strike: (scene) => {
          rival = scene.startRival();
          return Promise.resolve();
        },
        heal: async () => {
          const code = await rival?.exited();
          if (code === 0 || !rival?.stderr.includes('HostmountLocked')) throw new Error(`a second agent of n1 was not refused: it ended with ${code ?? 'a signal'}: ${rival?.stderr ?? ''}`);
        },
      }, {}));
    },
  },
  // As a rolled DaemonSet may have it for a moment.
  {
    name: 'second-agent-takes-over',
    stage: () => Promise.resolve(fault({
      strike: async (scene) => {
        const { victim } = scene;
        await scene.startVictim({ wait: false });
        await sleep(scene.random.whole(300, 2_000));
        await victim.end('SIGKILL');
      },
      heal: async ({ victim }) => {
        // On a slow machine it may have given up before.
        await Promise.race([victim.ready(), victim.exited()]).catch(() => undefined);
      },
    }, { partial: true })),
  },
  {
    name: 'neighbour-sigkill',
    steps: ['claimed', 'reserved', 'running', 'stopping', 'reporting'],
    sharedHostmount: true,
    stage: () => Promise.resolve(fault({
      strike: async ({ neighbour }) => {
        await neighbour.end('SIGKILL');
      },
      heal: async (scene) => {
        await scene.startNeighbour();
      },
    }, { neighbour: { partial: true } })),
  },
];
