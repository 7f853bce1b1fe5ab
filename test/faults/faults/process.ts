import { eventually } from '../../adapters/kubernetes/eventually.ts';
import type { ChainProcess, Fault, FaultKind, Scene, Truth } from '../fault.ts';
import type { Step } from '../steps.ts';

/** Steps at which tcpdump lives. */
const ALIVE: readonly Step[] = ['spawned', 'running', 'stopping'];

function kind(name: string, steps: readonly Step[] | undefined, fault: Omit<Fault, typeof Symbol.asyncDispose | 'truth'>, truth: Truth): FaultKind {
  const whole: Fault = { ...fault, truth: () => truth, [Symbol.asyncDispose]: () => Promise.resolve() };
  return { name, ...(steps && { steps }), stage: () => Promise.resolve(whole) };
}

function processOf(scene: Scene, program: string): ChainProcess {
  const found = scene.chain().find((process) => process.program === program);
  if (found === undefined) throw new Error(`no ${program} of the capture lives at ${scene.cell.step}`);
  return found;
}

/** Sends a signal to a program of the chain; what has ended by itself (at its packet limit) takes none. */
function strikeAt(program: string, signal: NodeJS.Signals): (scene: Scene) => Promise<void> {
  return (scene) => {
    if (scene.cell.step === 'stopping' && scene.chain().every((process) => process.program !== 'tcpdump')) {
      scene.note('tcpdump has ended by itself');
    } else {
      process.kill(processOf(scene, program).pid, signal);
    }
    return Promise.resolve();
  };
}

function pauseOf(program: string): Omit<Fault, typeof Symbol.asyncDispose | 'truth'> {
  let paused: ChainProcess | undefined;
  return {
    strike: (scene) => {
      paused = scene.chain().find((process) => process.program === program);
      if (paused) process.kill(paused.pid, 'SIGSTOP');
      return Promise.resolve();
    },
    heal: async (scene) => {
      await pass(scene.random.whole(300, 2_000));
      const before = paused;
      if (before && scene.chain().some(({ pid }) => pid === before.pid)) process.kill(before.pid, 'SIGCONT');
    },
  };
}

/** The next tcpdump of the capture, as soon as it is seen, which may be before it listens; none when the capture has ended over it. */
async function killNext(scene: Scene): Promise<void> {
  const tcpdump = () => scene.chain().find(({ program }) => program === 'tcpdump');
  const hasEnded = async () => (await scene.capture())?.status?.progress === 'failure';
  const next = await eventually(async () => tcpdump() ?? ((await hasEnded()) ? 'none' : undefined), 120_000);
  if (next === 'none') return;
  process.kill(next.pid, 'SIGKILL');
  await eventually(() => !scene.chain().some(({ pid }) => pid === next.pid), 120_000);
}

/** The time that something is stopped for is the fault itself. */
function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export const PROCESS_FAULTS: readonly FaultKind[] = [
  kind('none', undefined, { strike: () => Promise.resolve() }, {}),
  kind('agent-sigkill', undefined, {
    strike: async ({ victim }) => {
      await victim.end('SIGKILL');
    },
  }, { partial: true }),
  kind('agent-sigkill-twice', undefined, {
    strike: async (scene) => {
      await scene.victim.end('SIGKILL');
      const next = await scene.startVictim({ wait: false });
      // Somewhere in its start, or just after it.
      await pass(scene.random.whole(100, 900));
      await next.end('SIGKILL');
    },
  }, { partial: true }),
  kind('agent-sigterm', undefined, {
    strike: ({ victim }) => {
      victim.signal('SIGTERM');
      return Promise.resolve();
    },
    heal: async ({ victim }) => {
      const code = await victim.exited();
      if (code !== 0) throw new Error(`the agent ended with ${code ?? 'a signal'} on SIGTERM: ${victim.stderr}`);
    },
  }, { partial: true }),
  kind('agent-sigstop', undefined, {
    strike: ({ random }) => pass(random.whole(500, 3_000)),
  }, {}),
  kind('timeout-sigkill', ALIVE, { strike: strikeAt('timeout', 'SIGKILL') }, { partial: true }),
  kind('timeout-sigstop', ALIVE, pauseOf('timeout'), { partial: true }),
  kind('tcpdump-sigkill', ALIVE, { strike: strikeAt('tcpdump', 'SIGKILL') }, { partial: true }),
  kind('tcpdump-sigterm', ALIVE, { strike: strikeAt('tcpdump', 'SIGTERM') }, { partial: true }),
  kind('tcpdump-sigstop', ALIVE, pauseOf('tcpdump'), { partial: true }),
  {
    ...kind('tcpdump-sigkill-again-and-again', ['running'], {
      strike: killNext,
      heal: async (scene) => {
        for (let again = 0; again < 2; again += 1) await killNext(scene);
      },
    }, { partial: true, endsCapture: true, failures: ['TcpdumpFailed'] }),
    lifecycles: ['none'],
  },
  // Its tcpdump outlives the agent that is killed, and does not obey the next.
  kind('agent-sigkill-tcpdump-sigstop', ALIVE, {
    strike: async (scene) => {
      const tcpdump = scene.chain().find(({ program }) => program === 'tcpdump');
      if (tcpdump) process.kill(tcpdump.pid, 'SIGSTOP');
      await scene.victim.end('SIGKILL');
    },
  }, { partial: true }),
];
