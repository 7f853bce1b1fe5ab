import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Where a local cluster may write, and what its cgroups begin with; both are removed after it. */
export interface ClusterPlace {
  readonly folder: string;
  readonly cgroups: string;
}

/** That of the namespaces that this process was started in by {@link runInOwnNamespaces}. */
export function placeOfCluster(): ClusterPlace | undefined {
  const { PCAPPER_E2E_FOLDER: folder, PCAPPER_E2E_CGROUPS: cgroups = '' } = process.env;
  return folder === undefined ? undefined : { folder, cgroups };
}

/**
 * Runs a program and the local cluster that it starts in network, mount and process namespaces of their own, which end with
 * it, however that comes: no process, mount, device or address outlives them. The rest is removed by a process that waits
 * for their end.
 * @param onOutput is given what it writes to stdout. Default: that goes to this process's.
 * @returns its exit code
 */
export async function runInOwnNamespaces(command: readonly string[], env: NodeJS.ProcessEnv, onOutput?: (text: string) => void): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'pcapper-e2e-'));
  const cgroups = `${basename(folder)}-`;
  const cleanUp = spawn('sh', ['test/e2e/cluster/clean-up.sh', folder, cgroups], { cwd: ROOT, detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
  const cleaned = once(cleanUp, 'exit');
  const argv = ['--pdeathsig', 'KILL', 'unshare', '--fork', '--pid', '--mount', '--mount-proc', '--net', '--kill-child'];
  // Not the program itself: the first process of a namespace has to reap those whose parents are gone.
  const inside = ['sh', '-c', '"$@"; exit $?', 'sh', ...command];
  const child = spawn('setpriv', [...argv, ...inside], {
    cwd: ROOT,
    stdio: ['inherit', onOutput ? 'pipe' : 'inherit', 'inherit'],
    env: { ...env, PCAPPER_E2E_FOLDER: folder, PCAPPER_E2E_CGROUPS: cgroups },
  });
  if (onOutput) child.stdout?.setEncoding('utf8').on('data', onOutput);
  const end = () => child.kill('SIGKILL');
  for (const signal of SIGNALS) process.on(signal, end);
  const [code] = (await once(child, 'close')) as [number | null];
  for (const signal of SIGNALS) process.off(signal, end);
  cleanUp.stdin.end();
  const [cleanUpCode] = (await cleaned) as [number];
  return code === 0 ? cleanUpCode : (code ?? 1);
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
