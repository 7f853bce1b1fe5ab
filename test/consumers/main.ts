// Uses the packed package as its users do. `npm run test:consumers -- --help`
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from '../../scripts/command-line.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HELP = `npm run test:consumers [-- VITEST OPTIONS]

Packs the package, installs the tarball into projects of their own (test/consumers/projects/) in empty folders, and uses it
there: ES modules, CommonJS, both at once, TypeScript, a bundle, tsyringe, each @kubernetes/client-node that is allowed,
and the oldest Node.js. Packages come from the registry that npm is set to, and from its cache.

  tsyringe        runs the files with "tsyringe" in their path
  -t "by esbuild" runs the tests with that in their names
  --help          shows this

All other options are vitest's: https://vitest.dev/guide/cli.
Ends with vitest's exit code; with 0 when there is no registry, so that nothing was run, and with 1 then where CI is set.
`;
// What is not understood here is vitest's.
readCommandLine(HELP, { strict: false, allowPositionals: true });

// Of a package that each of them needs, as the package itself does.
const { status, stderr } = spawnSync('npm', ['view', 'execa', 'version', '--fetch-retries=0', '--loglevel=error'], { cwd: tmpdir(), encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
if (status === 0) {
  process.exitCode = await runVitest();
} else {
  const names = readdirSync(fileURLToPath(new URL('projects', import.meta.url)));
  console.error(`Skipped: the consumers ${names.join(', ')} were not run. npm reaches no registry:\n  ${/FetchError: (.*)/.exec(stderr)?.[1] ?? stderr}`);
  // With CI set nothing may be skipped.
  process.exitCode = process.env['CI'] ? 1 : 0;
}

async function runVitest(): Promise<number> {
  const argv = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/consumers/vitest.config.ts', ...process.argv.slice(2)];
  const child = spawn(process.execPath, argv, { cwd: ROOT, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
