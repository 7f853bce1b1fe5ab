import type { Requirement } from '../test/harness/requirements.ts';

/** What must hold; the bound belongs to it. `both`: of the value and of the baseline. */
export type Target = { readonly of: 'value' | 'ratio' | 'both' } & ({ readonly atMost: number } | { readonly atLeast: number });

export interface Figure {
  /** As in docs/performance.md: `createToRunning.p50`. */
  readonly name: string;
  readonly value: number;
  /** Empty for a ratio or a plain number. */
  readonly unit: string;
  /** The same measured without the product in the same run, in the same unit. Absent: there is nothing to compare with. */
  readonly baseline?: number;
  /** Absent: the figure only tells what another one depends on. */
  readonly target?: Target;
}

/** How a subject is told to say what it is doing. */
export type Say = (text: string) => void;

/** What is measured in one go; one file of figures/ each, which exports it as `subject`. */
export interface Subject {
  /** Of all figures that {@link Subject.run} returns. */
  readonly names: readonly string[];
  readonly needs: readonly Requirement[];
  readonly run: (say: Say) => Promise<readonly Figure[]>;
}

/** Value over baseline; `undefined` where that says nothing. */
export function ratioOf({ value, baseline }: Figure): number | undefined {
  return baseline === undefined || baseline === 0 ? undefined : value / baseline;
}

/** `undefined` without a target. */
export function isMet(figure: Figure): boolean | undefined {
  const { value, baseline, target } = figure;
  if (target === undefined) return undefined;
  const measured = { value: [value], ratio: [ratioOf(figure)], both: [value, baseline] }[target.of];
  return measured.every((number) => number !== undefined && ('atMost' in target ? number <= target.atMost : number >= target.atLeast));
}
