import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVICE_ACCOUNT_DIRECTORY } from '../../src/adapters/kubernetes/in-cluster-connection.ts';
import { killAtExit } from './at-exit.ts';

/** Mounts $1 where a Pod finds its ServiceAccount, says so, and stays. */
const SCRIPT = `mount -t tmpfs none /var/run && mkdir -p ${SERVICE_ACCOUNT_DIRECTORY} && mount --bind "$1" ${SERVICE_ACCOUNT_DIRECTORY} && echo ready && exec sleep 86400`;

/** A mount namespace in which the files of a ServiceAccount lie where the kubelet puts them. Needs root. */
export class ServiceAccountMount implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #folder: string;

  static async create(files: { readonly token: string; readonly caFile: string }): Promise<ServiceAccountMount> {
    const folder = mkdtempSync(join(tmpdir(), 'pcapper-account-'));
    writeFileSync(join(folder, 'token'), files.token);
    writeFileSync(join(folder, 'namespace'), 'pcapper');
    await copyFile(files.caFile, join(folder, 'ca.crt'));
    const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', SCRIPT, 'sh', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    killAtExit(child);
    const mount = new ServiceAccountMount(child, folder);
    const said = await Promise.race([once(child.stdout, 'data').then(() => true), once(child, 'exit').then(() => false)]);
    if (said) return mount;
    await mount[Symbol.asyncDispose]();
    throw new Error('no mount namespace could be made');
  }

  private constructor(child: ChildProcess, folder: string) {
    this.#process = child;
    this.#folder = folder;
  }

  /** Put in front of a command it runs there, under the pid that was spawned. */
  get prefix(): readonly string[] {
    return ['nsenter', `--mount=/proc/${this.#process.pid ?? 0}/ns/mnt`, '--'];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exit = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await exit;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
