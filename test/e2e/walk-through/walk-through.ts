import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect } from 'vitest';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { blocksOf } from '../../docs/markdown-blocks.ts';
import { patternOf, type Step, stepsOf } from '../../docs/shell-steps.ts';
import { NOT_RUN, type WalkedPage } from '../../docs/walked-pages.ts';
import type { ClusterUnderTest } from '../cluster/cluster-under-test.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SETS_A_VARIABLE = /^(?<name>[A-Za-z_]+)=/;
/** A reader looks again when something is not there yet. */
const ONLY_LOOKS = /^(?:kubectl (?:-n \S+ )?(?:get|logs|exec|events|describe)\b|scripts\/collect-evidence\.sh)/;
const WITHIN_MS = 60_000;

interface Walk {
  /**
   * What the cluster has in place of what the page names, in commands and in what they print. It may be filled while the walk
   * is under way; `…` is for what only is printed.
   */
  readonly names?: Readonly<Record<string, string>>;
  /** What happens in the cluster before a command, by how that begins, as it stands in the page. */
  readonly before?: Readonly<Record<string, () => Promise<unknown>>>;
}

/**
 * Runs what a page tells its reader to type, in that order, and holds what is printed against what it shows; of commands
 * without a shown output only success is asked. Not those of NOT_RUN.
 */
export async function walkThrough(page: WalkedPage, { kubeconfig, kubectl }: ClusterUnderTest, { names = {}, before = {} }: Walk = {}): Promise<void> {
  const steps = blocksOf(page).flatMap(stepsOf).filter(({ command }) => !(command in NOT_RUN[page]));
  for (const start of Object.keys(before)) expect(steps.some(({ command }) => command.startsWith(start)), `${page} has the command ${start}`).toBe(true);
  const awaited = new Map(Object.entries(before));
  await using checkout = await Checkout.open();
  const path = [dirname(kubectl), checkout.programs, process.env['PATH']].join(delimiter);
  // What npm says of its own settings is not pcapper's.
  const env: Record<string, string> = { KUBECONFIG: kubeconfig, PATH: path, npm_config_loglevel: 'error' };
  const named = (text: string) => Object.entries(names).reduce((all, [from, to]) => all.replaceAll(from, to), text);
  const run = async (script: string) => {
    const { all, exitCode } = await execa('bash', ['-c', script], { cwd: checkout.path, env, all: true, reject: false, stdin: 'ignore', timeout: 240_000 });
    return { printed: all === '' ? '' : `${all}\n`, exitCode };
  };
  for (const step of steps) {
    for (const [start, happens] of awaited) {
      if (!step.command.startsWith(start)) continue;
      awaited.delete(start);
      await happens();
    }
    const command = named(step.command);
    const where = `${page}:${step.line}: ${command}`;
    const variable = SETS_A_VARIABLE.exec(command)?.groups?.['name'];
    if (variable !== undefined) {
      env[variable] = (await run(`${command}\nprintf '%s' "$${variable}"`)).printed.trimEnd();
      expect(env[variable], where).not.toBe('');
      continue;
    }
    let ended = { printed: '', exitCode: undefined as number | undefined };
    const isAsShown = async () => {
      ended = await run(command);
      return step.output ? patternOf(step.output.map(named)).test(ended.printed) : ended.exitCode === 0;
    };
    await (ONLY_LOOKS.test(command) ? eventually(isAsShown, WITHIN_MS).catch(() => false) : isAsShown());
    expectShown(step, { ...ended, where, named });
  }
}

function expectShown({ output }: Step, { printed, exitCode, where, named }: { readonly printed: string; readonly exitCode: number | undefined; readonly where: string; readonly named: (text: string) => string }): void {
  if (output) expect(printed, where).toMatch(patternOf(output.map(named)));
  else expect(exitCode, `${where}\n${printed}`).toBe(0);
}

/** The project in a folder of its own, so that what a reader makes in it goes with it. */
class Checkout implements AsyncDisposable {
  readonly path: string;
  /** Folder of what is installed with the package. */
  readonly programs: string;

  static async open(): Promise<Checkout> {
    const path = await mkdtemp(join(tmpdir(), 'pcapper-checkout-'));
    const checkout = new Checkout(path, await mkdtemp(join(tmpdir(), 'pcapper-programs-')));
    for (const name of await readdir(ROOT)) await symlink(join(ROOT, name), join(path, name));
    for (const name of ['pcapper', 'kubectl-pcapper']) await symlink(join(ROOT, 'dist/cli.js'), join(checkout.programs, name));
    return checkout;
  }

  private constructor(path: string, programs: string) {
    this.path = path;
    this.programs = programs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of [this.path, this.programs]) await rm(path, { recursive: true, force: true });
  }
}
