import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';

const PROJECTS = fileURLToPath(new URL('projects', import.meta.url));

/** Well within the time of a test, so that nothing is left of one that hangs. Milliseconds. */
const PATIENCE = 120_000;

/** A project of test/consumers/projects/ in a folder of its own, with the packed package installed. */
export class ConsumerProject {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** @param more packages to install with it, as `name@version` */
  static async install(name: string, ...more: readonly string[]): Promise<ConsumerProject> {
    const folder = inject('folder');
    const project = new ConsumerProject(mkdtempSync(join(folder, `${name}-`)));
    cpSync(join(PROJECTS, name), project.path, { recursive: true });
    // A peer that the package does not get along with is an error.
    await project.run('npm', 'install', '--strict-peer-deps', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', join(folder, inject('packed').filename), ...more);
    return project;
  }

  /** Runs a program in its folder. @returns what it wrote to stdout */
  async run(program: string, ...argv: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(program, argv, { cwd: this.path, timeout: PATIENCE, killSignal: 'SIGKILL', maxBuffer: 16 * 2 ** 20, env: withoutVitest(process.env) });
    return stdout;
  }

  /** Runs a program of Node.js. @returns what the last line that it wrote says, which is JSON */
  async node(...argv: readonly string[]): Promise<unknown> {
    return lastLine(await this.run(process.execPath, ...argv));
  }

  /** Type checks and compiles by its own TypeScript. @returns what is wrong; empty when nothing is */
  async compile(config = 'tsconfig.json'): Promise<string> {
    try {
      return await this.run(process.execPath, 'node_modules/typescript/bin/tsc', '-p', config);
    } catch (error) {
      return (error as { readonly stdout: string }).stdout;
    }
  }
}

export function lastLine(stdout: string): unknown {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

/** node:test, for one, would take itself for a part of our run. */
function withoutVitest(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(VITEST|NODE_ENV$|NODE_OPTIONS$|NODE_TEST)/.test(name)));
}
