// Runs the real images on a real cluster. `npm run test:e2e -- --help`
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from '../../scripts/command-line.ts';
import { buildComponents, saveImages } from './cluster/images.ts';
import { runInOwnNamespaces } from './cluster/own-namespaces.ts';
import { missingForLocalCluster } from './cluster/requirements.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HELP = `npm run test:e2e [-- VITEST OPTIONS]

Builds the real images and runs the e2e tests with them: on the cluster that KUBECONFIG names, which should be one made for
it, or else on one of two nodes that it starts itself (as root, with containerd, etcd and, once, Go 1.24 or newer).

  sets            runs the files with "sets" in their path
  -t "a rollout"  runs the tests with that in their names
  --help          shows this

All other options are vitest's: https://vitest.dev/guide/cli. What a failed test leaves to look at lies in artifacts/e2e/.
Ends with vitest's exit code; with 0 when nothing was run since something is missing, and with 1 then where CI is set.
`;
// What is not understood here is vitest's.
readCommandLine(HELP, { strict: false, allowPositionals: true });

const VITEST = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/e2e/vitest.config.ts', ...process.argv.slice(2)];

if (process.env['KUBECONFIG']) {
  await saveImages();
  process.exitCode = await runVitest();
} else {
  const missing = await missingForLocalCluster();
  if (missing.length > 0) {
    console.error(`Skipped: the e2e tests were not run. There is no KUBECONFIG, and a cluster of their own\n  ${missing.join('\n  ')}`);
    // With CI set nothing may be skipped.
    process.exitCode = process.env['CI'] ? 1 : 0;
  } else {
    await buildComponents();
    await saveImages();
    process.exitCode = await runInOwnNamespaces([process.execPath, ...VITEST], process.env);
  }
}

async function runVitest(): Promise<number> {
  const child = spawn(process.execPath, VITEST, { cwd: ROOT, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
