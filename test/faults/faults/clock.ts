import type { Fault, FaultKind, Scene, Truth } from '../fault.ts';
import type { Step } from '../steps.ts';
import { WallClock } from '../wall-clock.ts';

const HOUR_MS = 3_600_000;
/** Before or after them a time is taken. */
const TIMED: readonly Step[] = ['claimed', 'running', 'stopping', 'reporting'];

/** The wall clock of n1's agent is stepped, and stays so for the agents after it. */
function stepped(name: string, offset: number, { andThen, truth = {} }: { readonly andThen?: (scene: Scene) => Promise<unknown>; readonly truth?: Truth } = {}): FaultKind {
  return {
    name,
    steps: TIMED,
    stage({ folder }): Promise<Fault> {
      const clock = new WallClock(folder);
      return Promise.resolve({
        environment: clock.environment,
        async strike(scene) {
          clock.step(offset);
          await andThen?.(scene);
        },
        truth: () => ({ ...truth, clockOffsets: [0, offset] }),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      });
    },
  };
}

const killed = { andThen: ({ victim }: Scene) => victim.end('SIGKILL'), truth: { partial: true } };

/** What is timed goes by clocks that only go on, so a step of the wall clock changes no time limit and opens no gap. */
export const CLOCK_FAULTS: readonly FaultKind[] = [
  stepped('clock-forward', HOUR_MS),
  stepped('clock-back', -HOUR_MS),
  stepped('clock-forward-agent-killed', HOUR_MS, killed),
  stepped('clock-back-agent-killed', -HOUR_MS, killed),
];
