import { describe, expect, it } from 'vitest';
import { circumstances } from '../../bench/circumstances.ts';
import { type Figure, isMet } from '../../bench/figure.ts';
import { toJson, toTable } from '../../bench/outcome.ts';
import { runSubjects } from '../../bench/run-subjects.ts';

const figure: Figure = { name: 'a.p50', value: 30, unit: 'ms', baseline: 20, target: { of: 'ratio', atMost: 1.5 } };
const measured = circumstances();

describe('a figure', () => {
  it.each<[string, Partial<Figure>, boolean | undefined]>([
    ['at its bound', {}, true],
    ['above its bound', { value: 30.1 }, false],
    ['by its value', { target: { of: 'value', atMost: 29 } }, false],
    ['by both: the baseline is above', { value: 0, baseline: 1, target: { of: 'both', atMost: 0 } }, false],
    ['by both', { value: 0, baseline: 0, target: { of: 'both', atMost: 0 } }, true],
    ['below its least', { value: 30, target: { of: 'value', atLeast: 31 } }, false],
    ['with a ratio to nothing', { baseline: 0 }, false],
  ])('%s', (_, changes, met) => {
    expect(isMet({ ...figure, ...changes })).toBe(met);
  });

  it('is an entry of the object and a line of the table', () => {
    expect(toJson([figure], measured)).toEqual({
      measured,
      figures: [{ name: 'a.p50', value: 30, unit: 'ms', baseline: 20, ratio: 1.5, target: { of: 'ratio', atMost: 1.5 }, met: true }],
    });
    expect(toTable([figure]).split('\n')[1]).toMatch(/^a\.p50 +30 +ms +20 +1\.50 +ratio ≤ 1\.50 +met$/);
  });
});

describe('a subject', () => {
  const needs = [] as const;

  it('that fails says so for each of its figures, and the next is measured', async () => {
    const said: string[] = [];
    const outcomes = await runSubjects(
      [
        { names: ['b', 'c'], needs, run: () => Promise.reject(new Error('no disk')) },
        { names: ['a.p50'], needs, run: () => Promise.resolve([figure]) },
      ],
      (text) => said.push(text),
    );
    expect(outcomes.map(({ name }) => name)).toEqual(['b', 'c', 'a.p50']);
    expect(toJson(outcomes, measured)).toMatchObject({ figures: [{ name: 'b', value: null, error: expect.stringContaining('no disk') as string }, { name: 'c', value: null }, { value: 30 }] });
    expect(said.join('\n')).toContain('b, c failed: Error: no disk');
  });

  it('that does not measure what it names has failed', async () => {
    const outcomes = await runSubjects([{ names: ['a.p50', 'd'], needs, run: () => Promise.resolve([figure]) }], () => undefined);
    expect(outcomes).toMatchObject([{ value: 30 }, { name: 'd', error: expect.any(String) as string }]);
  });
});
