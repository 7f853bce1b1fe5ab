import { type Cell, type FaultKind, type Lifecycle, LIFECYCLES } from './fault.ts';
import { Random } from './random.ts';
import { STEPS } from './steps.ts';

/** Name of the runs in which nothing goes wrong but what is done to the resource. */
export const NO_FAULT = 'none';

/** All that makes sense of a fault. */
export function cellsOf({ name: fault, steps = STEPS, lifecycles = LIFECYCLES }: FaultKind): Cell[] {
  return steps.flatMap((step) => lifecycles.map((lifecycle) => ({ fault, step, lifecycle })));
}

/**
 * Every step × fault once, each with one of the lifecycle actions so that those of a fault take turns, and every step ×
 * lifecycle action without a fault; in an order that the seed gives. Further rounds deal other actions.
 */
export function* deal(seed: string, kinds: readonly FaultKind[]): Generator<Cell & { readonly round: number }, never> {
  for (let round = 0; ; round += 1) {
    const random = new Random(`${seed} deck ${round}`);
    const cells = kinds.flatMap((kind): Cell[] => {
      const { name: fault, steps = STEPS, lifecycles = LIFECYCLES } = kind;
      if (fault === NO_FAULT) return cellsOf(kind);
      // Every other one without an action, so that the fault alone is seen as often as with one.
      const actions = random.shuffle<Lifecycle>(lifecycles.filter((lifecycle) => lifecycle !== 'none'));
      const turns: Lifecycle[] = lifecycles.includes('none') ? actions.flatMap((action): Lifecycle[] => ['none', action]) : actions;
      const first = random.whole(0, Math.max(0, turns.length - 1));
      return random.shuffle(steps).map((step, index) => ({ fault, step, lifecycle: turns[(first + index) % turns.length] ?? 'none' }));
    });
    for (const cell of random.shuffle(cells)) yield { ...cell, round };
  }
}

/** How a cell is written on the command line: `FAULT@STEP+LIFECYCLE`. */
export function cellName({ fault, step, lifecycle }: Cell): string {
  return `${fault}@${step}+${lifecycle}`;
}
