import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect } from 'vitest';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import type { ClusterUnderTest } from '../cluster/cluster-under-test.ts';
import { patternOf, stepsOf } from './console-blocks.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SETS_A_VARIABLE = /^(?<name>[A-Z_]+)=/;
/** A reader looks again when something is not there yet. */
const ONLY_LOOKS = /^kubectl (?:-n \S+ )?(?:get|logs|exec|events|describe)\b/;
const WITHIN_MS = 60_000;

/** Runs what a page of docs/ tells its reader to type, in that order, and holds what is printed against what it shows. */
export async function walkThrough(page: string, { kubeconfig, kubectl }: ClusterUnderTest): Promise<void> {
  const steps = stepsOf(await readFile(join(ROOT, 'docs', page), 'utf8'));
  expect(steps.length, `commands in ${page}`).toBeGreaterThan(0);
  const env: Record<string, string> = { KUBECONFIG: kubeconfig, PATH: [dirname(kubectl), process.env['PATH']].join(delimiter) };
  for (const { command, output, line } of steps) {
    const variable = SETS_A_VARIABLE.exec(command)?.groups?.['name'];
    if (variable !== undefined) {
      env[variable] = (await run(`${command}\nprintf '%s' "$${variable}"`, env)).trimEnd();
      expect(env[variable], `docs/${page}:${line}: ${command}`).not.toBe('');
      continue;
    }
    let printed = '';
    const isAsShown = async () => {
      printed = await run(command, env);
      return patternOf(output).test(printed);
    };
    await (ONLY_LOOKS.test(command) ? eventually(isAsShown, WITHIN_MS).catch(() => false) : isAsShown());
    expect(printed, `docs/${page}:${line}: ${command}`).toMatch(patternOf(output));
  }
}

async function run(script: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { all } = await execa('bash', ['-c', script], { cwd: ROOT, env, all: true, reject: false, stdin: 'ignore', timeout: 240_000 });
  return all === '' ? '' : `${all}\n`;
}
