import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect } from 'vitest';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import type { ClusterUnderTest } from '../cluster/cluster-under-test.ts';
import { patternOf, stepsOf } from './console-blocks.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SETS_A_VARIABLE = /^[A-Z_]+=/;
/** A reader looks again when something is not there yet. */
const ONLY_LOOKS = /^kubectl (?:-n \S+ )?(?:get|logs|exec|events|describe)\b/;
const WITHIN_MS = 60_000;

/** Runs what a page of docs/ tells its reader to type, in that order, and holds what is printed against what it shows. */
export async function walkThrough(page: string, { kubeconfig, kubectl }: ClusterUnderTest): Promise<void> {
  const steps = stepsOf(await readFile(join(ROOT, 'docs', page), 'utf8'));
  expect(steps.length, `commands in ${page}`).toBeGreaterThan(0);
  const env = { KUBECONFIG: kubeconfig, PATH: [dirname(kubectl), process.env['PATH']].join(delimiter) };
  const before: string[] = [];
  for (const { command, output, line } of steps) {
    let printed = '';
    const isAsShown = async () => {
      printed = await run([...before, command].join('\n'), env);
      return patternOf(output).test(printed);
    };
    await (ONLY_LOOKS.test(command) ? eventually(isAsShown, WITHIN_MS).catch(() => false) : isAsShown());
    expect(printed, `docs/${page}:${line}: ${command}`).toMatch(patternOf(output));
    if (SETS_A_VARIABLE.test(command)) before.push(command);
  }
}

async function run(script: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { all } = await execa('bash', ['-c', script], { cwd: ROOT, env, all: true, reject: false, stdin: 'ignore', timeout: 240_000 });
  return all === '' ? '' : `${all}\n`;
}
