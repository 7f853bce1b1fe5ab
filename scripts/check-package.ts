// What publint and are-the-types-wrong say of the package. `npm run check:package -- --help`
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from './command-line.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HELP = `npm run check:package [-- --help]

Packs what was built (npm run build), and looks at the tarball as publint and are-the-types-wrong do: whether each entry is
found, is what it says, and has types that fit, as ES module and as CommonJS.

  --help  shows this

Ends with 0, with 1 for a finding of either, and with 2 for an unknown option.
`;
readCommandLine(HELP, {});

const folder = mkdtempSync(join(tmpdir(), 'pcapper-package-'));
try {
  const told = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder], { cwd: ROOT, encoding: 'utf8' });
  const [{ filename }] = JSON.parse(told) as [{ filename: string }];
  const tarball = join(folder, filename);
  const checks = [
    ['publint', 'run', tarball, '--strict'],
    ['attw', tarball, '--format', 'ascii', '--no-color', '--no-emoji'],
  ] as const;
  const failed = checks.filter(([program, ...argv]) => spawnSync(join(ROOT, 'node_modules/.bin', program), argv, { cwd: ROOT, stdio: 'inherit' }).status !== 0);
  process.exitCode = failed.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
