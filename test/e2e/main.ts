// `npm run test:e2e [-- VITEST OPTIONS]`: the real images on the cluster that KUBECONFIG names, or on one of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { componentsToBuild, missingForLocalCluster } from './cluster/requirements.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const VITEST = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/e2e/vitest.config.ts', ...process.argv.slice(2)];

const environment = { ...process.env, PCAPPER_E2E_IMAGES: join(ROOT, 'artifacts', 'images') };
if (process.env['KUBECONFIG']) {
  await images(environment.PCAPPER_E2E_IMAGES);
  process.exitCode = await run(process.execPath, VITEST, environment);
} else {
  const missing = await missingForLocalCluster();
  if (missing.length > 0) {
    console.error(`Skipped: the e2e tests were not run. There is no KUBECONFIG, and a cluster of their own\n  ${missing.join('\n  ')}`);
    // With CI set nothing may be skipped.
    process.exitCode = process.env['CI'] ? 1 : 0;
  } else {
    const toBuild = await componentsToBuild();
    if (toBuild.length > 0) await must(process.execPath, ['scripts/setup-kube-apiserver.ts', ...toBuild]);
    await images(environment.PCAPPER_E2E_IMAGES);
    process.exitCode = await onOwnCluster();
  }
}

async function images(folder: string): Promise<void> {
  await must(process.execPath, ['scripts/images.ts', '--e2e', '--save', folder]);
}

/**
 * The tests and their cluster run in network, mount and process namespaces of their own, which end with them, however that
 * comes: no process, mount, device or address outlives them. The rest is removed by a process that waits for their end.
 */
async function onOwnCluster(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'pcapper-e2e-'));
  const cgroups = `${basename(folder)}-`;
  const cleanUp = spawn('sh', ['test/e2e/cluster/clean-up.sh', folder, cgroups], { cwd: ROOT, detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
  const cleaned = once(cleanUp, 'exit');
  const argv = ['--pdeathsig', 'KILL', 'unshare', '--fork', '--pid', '--mount', '--mount-proc', '--net', '--kill-child'];
  // Not vitest itself: the first process of a namespace has to reap those whose parents are gone.
  const inside = ['sh', '-c', '"$@"; exit $?', 'sh', process.execPath, ...VITEST];
  const code = await run('setpriv', [...argv, ...inside], { ...environment, PCAPPER_E2E_FOLDER: folder, PCAPPER_E2E_CGROUPS: cgroups }, 'SIGKILL');
  cleanUp.stdin.end();
  const [cleanUpCode] = (await cleaned) as [number];
  return code === 0 ? cleanUpCode : code;
}

async function must(program: string, argv: readonly string[]): Promise<void> {
  const code = await run(program, argv, process.env);
  if (code !== 0) process.exit(code);
}

async function run(program: string, argv: readonly string[], env: NodeJS.ProcessEnv, endBy?: NodeJS.Signals): Promise<number> {
  const child = spawn(program, argv, { cwd: ROOT, stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(endBy ?? signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
