// `npm run test:e2e [-- VITEST OPTIONS]`: the real images on the cluster that KUBECONFIG names, or on one of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { buildComponents, saveImages } from './cluster/images.ts';
import { runInOwnNamespaces } from './cluster/own-namespaces.ts';
import { missingForLocalCluster } from './cluster/requirements.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
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
