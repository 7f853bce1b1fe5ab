import { describe, expect, it } from 'vitest';
import { oneShotHelp } from '../../src/adapters/environment/one-shot-settings.ts';
import { createAgentMetrics } from '../../src/adapters/metrics/agent-metrics.ts';
import { EXIT } from '../../src/cli/command-line.ts';
import { agentsSettingsHelp } from '../../src/operator/agents/agents-settings.ts';
import { docsText, firstCells, tablesOf } from './markdown-tables.ts';
import { errorClasses, membersOfType, reasonsOfSource } from './words-of-source.ts';

const text = docsText('operations.md');
const tables = tablesOf(text);
const sorted = (words: Iterable<string>) => [...new Set(words)].sort();

describe('docs/operations.md', () => {
  it('explains every reason and code that the source tells, and no other', () => {
    const told = reasonsOfSource();
    const explained = new Set(firstCells(tables, 'reason', 'code'));
    expect([...told].filter(([word]) => !explained.has(word)), 'not explained').toEqual([]);
    expect([...explained].filter((word) => !told.has(word)), 'explained, but not in the source').toEqual([]);
  });

  it('explains a reason once in each table, and says something of it', () => {
    for (const { heading, head, rows } of tables) {
      const words = rows.map(([cell = '']) => cell);
      expect(words, heading).toEqual([...new Set(words)]);
      if (head[0] === 'code' || head[0] === 'reason') expect(rows.filter(([, ...cells]) => !cells.some((cell) => cell.length > 5)), heading).toEqual([]);
    }
  });

  it('explains every condition', () => {
    expect(sorted(firstCells(tables, 'of a PacketCapture'))).toEqual(sorted([...membersOfType('PacketCaptureConditionType'), ...membersOfType('OperatorConditionType')]));
    expect(sorted(firstCells(tables, 'of a PacketCaptureSet'))).toEqual(sorted(membersOfType('PacketCaptureSetConditionType')));
  });

  it('has every setting of the ConfigMap, with its default', () => {
    const settings = [...agentsSettingsHelp('').matchAll(/^ {2}([A-Z_]+) .*?(?: Default: (\S+)\.)?$/gm)].map(([, key = '', standard]) => [key, standard ?? 'none']);
    expect(settings.length).toBeGreaterThan(10);
    const [table] = tables.filter(({ head }) => head[0] === 'key');
    expect(table?.rows.map(([key, standard]) => [key, standard]).sort()).toEqual(settings.sort());
  });

  it('has every setting of the one-shot mode, with its default', () => {
    const settings = [...oneShotHelp().matchAll(/^ {2}([A-Z_]+) .*?(?: Default: (\S+)\.)?$/gm)].map(([, variable = '', standard]) => [variable, standard ?? 'none']);
    const [table] = tables.filter(({ head }) => head[0] === 'variable');
    expect(table?.rows.map(([variable, standard]) => [variable, standard])).toEqual(settings);
    const others = /It takes (?<names>.*), and:$/m.exec(oneShotHelp())?.groups?.['names']?.split(', ') ?? [];
    expect(others.length).toBeGreaterThan(5);
    const section = text.slice(text.indexOf('### One capture without'), text.indexOf('## Limits'));
    expect(others.filter((name) => !section.includes(`\`${name}\``))).toEqual([]);
  });

  it('has every metric', async () => {
    const metrics = await createAgentMetrics();
    metrics.read({ load: () => ({ running: 0, waiting: 0 }), queueDepth: () => 0, disk: () => Promise.resolve({ used: 0, reserved: 0, free: 0, maxTotal: 0, minFree: 0 }) });
    const names = [...(await metrics.text()).matchAll(/^# TYPE (pcapper_\S+)/gm)].map(([, name = '']) => name);
    expect(sorted(firstCells(tables, 'metric'))).toEqual(sorted(names));
  });

  it('has every exit code of pcapper get', () => {
    expect(firstCells(tables, 'exit code')).toEqual(Object.values(EXIT).map(String));
    expect(firstCells(tablesOf(docsText('get.md')), 'exit code')).toEqual(Object.values(EXIT).map(String));
  });
});

describe('what the source tells', () => {
  it('has a code for each class of errors, all of them found', () => {
    const classes = errorClasses();
    expect(classes.length).toBeGreaterThan(70);
    const codes = new Set(reasonsOfSource().keys());
    expect(classes.filter(({ code }) => code === undefined || !codes.has(code))).toEqual([]);
  });
});
