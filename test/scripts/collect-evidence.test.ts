import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, '..', '..', 'scripts', 'collect-evidence.sh');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pcapper-evidence-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs it in an empty folder, where no kubectl is on PATH. */
function run(...argv: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('/bin/sh', [SCRIPT, ...argv], { cwd: folder, encoding: 'utf8', env: { PATH: folder } });
  return { status, stdout, stderr, left: readdirSync(folder) };
}

// What it collects is tested on the real cluster: test/e2e/annotation.e2e.ts.
describe('scripts/collect-evidence.sh', () => {
  it.each<[readonly string[], string]>([
    [[], 'Which Pod?'],
    [['web', 'shop'], 'One Pod at a time: web and shop were given.'],
    [['--all'], '--all is no option.'],
    [['web', '-n'], '-n needs a value.'],
    [['web;reboot'], '"web;reboot" is no name of Kubernetes.'],
    [['../web'], '"../web" is no name of Kubernetes.'],
    [['-n', '$(id)', 'web'], '"$(id)" is no name of Kubernetes.'],
  ])('%j is refused, and nothing is written', (argv, words) => {
    expect(run(...argv)).toEqual({ status: 2, stdout: '', stderr: `collect-evidence: ${words} See scripts/collect-evidence.sh --help\n`, left: [] });
  });

  it('says what it needs', () => {
    expect(run('web')).toMatchObject({ status: 1, stderr: 'collect-evidence: kubectl is not there. Install it, or put it on the PATH.\n', left: [] });
  });
});
