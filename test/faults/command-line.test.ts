import { describe, expect, test } from 'vitest';
import { parseCommandLine } from './command-line.ts';
import { cellName } from './deck.ts';
import { DESCRIPTIONS } from './faults/descriptions.ts';
import { FAULTS } from './faults/index.ts';
import { STEPS } from './steps.ts';
import { summarize, summaryTable } from './summary.ts';

function planOf(...argv: string[]) {
  const command = parseCommandLine(argv);
  if ('answer' in command) throw new Error(command.answer);
  return command.plan.map((cell) => `${cellName(cell)} #${cell.round}`);
}

describe('the command line of the fault tests', () => {
  test('a seed deals the same runs again, and 332 of them every fault at every step', () => {
    expect(planOf('--seed', '7', '--runs', '50')).toEqual(planOf('--seed', '7', '--runs', '50'));
    expect(planOf('--seed', '8', '--runs', '50')).not.toEqual(planOf('--seed', '7', '--runs', '50'));
    expect(planOf('--seed', '7')).toHaveLength(30);
    const all = planOf('--seed', '7', '--runs', '332').map((cell) => cell.replace(/\+.*/, ''));
expect(new Set(all)).toEqual(new Set(FAULTS.flatMap(({ name, steps = STEPS }) => steps.map((step) => `${name}@${step}`))));
  });

  test('a run that was dealt is found again by its name', () => {
    const [dealt = ''] = planOf('--seed', '7', '--runs', '1');
    expect(planOf('--seed', '7', '--only', dealt.replace(/ .*/, ''))).toEqual([dealt]);
    expect(planOf('--only', 'tcpdump-sigkill@running+stop', '--round', '3', '--runs', '2')).toEqual(['tcpdump-sigkill@running+stop #3', 'tcpdump-sigkill@running+stop #4']);
    expect(planOf('--only', 'tcpdump-sigkill@running')).toHaveLength(4);
  });

  test.each([
    [['--runs', '0'], '--runs is "0"; it must be a whole number from 1.'],
    [['--workers', '0'], '--workers is "0"; it must be a whole number from 1.'],
    [['--round', '-1'], /--round/],
    [['--seed', ''], '--seed is empty'],
    [['--seed'], /argument missing/],
    [['--only', ''], '--only is empty'],
    [['--only', 'nosuch'], 'There is no fault "nosuch". There are none, agent-sigkill, '],
    [['--only', 'agent-sigkill@nowhere'], 'There is no step "nowhere". There are before-claim, '],
    [['--only', 'agent-sigkill+burn'], 'There is no lifecycle action "burn". There are none, stop, delete, recreate.'],
    [['--only', 'tcpdump-sigkill@before-claim'], '--only tcpdump-sigkill@before-claim makes no sense: tcpdump-sigkill goes with @ spawned, running, stopping + '],
    [['--bogus'], /Unknown option '--bogus'/],
    [['agent-sigkill'], /Unexpected argument 'agent-sigkill'/],
  ])('%j is refused', (argv, message) => {
    expect(() => parseCommandLine(argv)).toThrow(message);
  });

  test('every fault is described', () => {
    expect(Object.keys(DESCRIPTIONS).sort()).toEqual(FAULTS.map(({ name }) => name).sort());
  });
});

test('a summary says the median, and that it was interrupted', () => {
  const draw = { end: 'stop', device: 'eth0', second: 'none' } as never;
  const outcome = (recovery: number) => ({ cell: { fault: 'none', step: 'running', lifecycle: 'none' } as const, seconds: 9, recovery, violations: [], draw, ends: ['finished'] });
  const summary = summarize([outcome(1), outcome(3)], { seed: '7', planned: 30, seconds: 20, replays: [] });
  expect(summary.faults).toMatchObject([{ fault: 'none', medianRecovery: 2, longestRecovery: 3 }]);
  expect(summaryTable(summary)).toContain('Seed 7: 2 of 30 runs, then interrupted, 2 held, 0 failed, in 20 s.');
});
