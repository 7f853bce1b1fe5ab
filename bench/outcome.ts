import type { Circumstances } from './circumstances.ts';
import { type Figure, isMet, ratioOf, type Target } from './figure.ts';

/** A figure, or why there is none. */
export type Outcome = Figure | { readonly name: string; readonly error: string };

export function isFailed(outcome: Outcome): outcome is Extract<Outcome, { error: string }> {
  return 'error' in outcome;
}

/** The one object of `--json`. */
export function toJson(outcomes: readonly Outcome[], measured: Circumstances): object {
  return {
    measured,
    figures: outcomes.map((outcome) => {
      if (isFailed(outcome)) return { name: outcome.name, value: null, unit: null, baseline: null, ratio: null, error: outcome.error };
      const { name, value, unit, baseline = null, target } = outcome;
      return { name, value, unit, baseline, ratio: ratioOf(outcome) ?? null, ...(target && { target, met: isMet(outcome) }) };
    }),
  };
}

const HEAD = ['figure', 'value', 'unit', 'baseline', 'ratio', 'target', ''] as const;

/** The outcomes for people, in columns. */
export function toTable(outcomes: readonly Outcome[]): string {
  const rows = [HEAD, ...outcomes.map(rowOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()}\n`).join('');
}

function rowOf(outcome: Outcome): readonly string[] {
  if (isFailed(outcome)) return [outcome.name, '', '', '', '', '', `failed: ${outcome.error.split('\n', 1)[0] ?? ''}`];
  const { name, value, unit, baseline, target } = outcome;
  const met = isMet(outcome);
  return [name, short(value), unit, short(baseline), short(ratioOf(outcome)), target ? boundOf(target) : '', met === undefined ? '' : met ? 'met' : 'missed'];
}

function boundOf(target: Target): string {
  const bound = 'atMost' in target ? `≤ ${short(target.atMost)}` : `≥ ${short(target.atLeast)}`;
  return target.of === 'value' ? bound : `${target.of} ${bound}`;
}

function short(number: number | undefined): string {
  if (number === undefined) return '';
  return Number.isInteger(number) ? String(number) : number.toPrecision(Math.abs(number) >= 100 ? 4 : 3);
}
