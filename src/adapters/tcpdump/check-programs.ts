import { execFile } from 'node:child_process';
import { ProgramTooOldError } from '../../core/errors/tcpdump-errors.ts';
import { plainEnvironment } from './chain-environment.ts';
import { missingProgram } from './program-failure.ts';

interface Requirement {
  readonly part: string;
  readonly version: RegExp;
  /** The first version that has what we use. */
  readonly least: readonly [major: number, minor: number];
}

// `setpriv --pdeathsig` came with util-linux 2.33, link type LINUX_SLL2 with libpcap 1.10.
const UTIL_LINUX = { part: 'util-linux', version: /util-linux (\d+)\.(\d+)/, least: [2, 33] } as const;
const PROGRAMS: Readonly<Record<string, readonly Requirement[]>> = {
  tcpdump: [
    { part: 'tcpdump', version: /tcpdump version (\d+)\.(\d+)/, least: [4, 99] },
    { part: 'libpcap', version: /libpcap version (\d+)\.(\d+)/, least: [1, 10] },
  ],
  nsenter: [UTIL_LINUX],
  setpriv: [UTIL_LINUX],
  timeout: [{ part: 'GNU coreutils', version: /GNU coreutils\) (\d+)\.(\d+)/, least: [8, 13] }],
};

/** What each program says of its version, by the program's name. */
export type ProgramVersions = Readonly<Record<string, string>>;

/**
 * Makes sure that all programs of the capture chain are there and know the options that are used.
 * @throws ProgramMissingError, ProgramTooOldError
 */
export async function checkPrograms(signal?: AbortSignal): Promise<ProgramVersions> {
  const names = Object.keys(PROGRAMS);
  const versions = await Promise.all(names.map(async (name) => [name, await versionOf(name, signal)] as const));
  for (const [name, said] of versions) checkVersion(name, said);
  return Object.fromEntries(versions);
}

/** Not by execa, which is loaded with the first capture: until then the agent does without the memory that it takes. */
function versionOf(program: string, signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, ['--version'], { cwd: '/', env: plainEnvironment(), signal }, (error, stdout, stderr) => {
      if (signal?.aborted) reject(signal.reason as Error);
      else if (error?.code === 'ENOENT') reject(missingProgram(program));
      else resolve(stdout + stderr);
    });
  });
}

function checkVersion(program: string, said: string): void {
  for (const { part, version, least } of PROGRAMS[program] ?? []) {
    const [, major, minor] = version.exec(said) ?? [];
    const needed = `${part} ${least.join('.')}`;
    // Other makes (busybox, uutils) lack options or mean something else by them.
    if (major === undefined) throw new ProgramTooOldError(program, `(${said.split('\n')[0] ?? ''})`, needed);
    if (Number(major) < least[0] || (Number(major) === least[0] && Number(minor) < least[1])) {
      throw new ProgramTooOldError(part, `${major}.${minor ?? ''}`, needed);
    }
  }
}
