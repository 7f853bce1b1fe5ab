import type { Readable } from 'node:stream';
import type { NetworkNamespace } from '../../core/interface-resolver.ts';
import type { Command } from './tcpdump-command.ts';

/** How a chain of programs ended. */
export interface ChainExit {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** Why the first program could not be started at all: the system's error code and text. */
  readonly notStarted?: { readonly code: string; readonly reason: string };
}

/** Running programs, each started by the one before, in a process group of their own. */
export interface Chain {
  /** Of the first; `undefined` when it could not be started. */
  readonly pid: number | undefined;
  readonly stderr: Readable;
  /** Resolves when all of them are gone, the first and whoever still had its stderr. Never rejects. */
  readonly ended: Promise<ChainExit>;
  /** Ends them all by SIGKILL. */
  kill(): void;
}

/** Files of captures are for the agent's own user. */
const UMASK = 0o077;

/**
 * Starts a chain. Only from the main thread: the first program dies with the thread that started it (PR_SET_PDEATHSIG(2const)).
 * Its process group is its own, so that a Ctrl-C at a terminal reaches the agent alone, which then ends it cleanly.
 */
export async function startChain(
  { program, argv }: Command,
  environment: Record<string, string>,
  namespace: NetworkNamespace | undefined,
  signal?: AbortSignal,
): Promise<Chain> {
  const { execa } = await import('execa');
  signal?.throwIfAborted();
  // Behind stderr, so that it is NAMESPACE_FD there. Any descriptor will do; execa's types end with 9.
  const inherited = namespace ? [namespace.fd as 9] : [];
  // The child takes the umask over while it is started, and that happens before this returns.
  const umask = process.umask(UMASK);
  let subprocess;
  try {
    subprocess = execa(program, argv, {
      stdio: ['ignore', 'ignore', 'pipe', ...inherited],
      buffer: false,
      reject: false,
      detached: true,
      cleanup: false,
      cwd: '/',
      env: environment,
      extendEnv: false,
    });
  } finally {
    process.umask(umask);
  }
  const { pid, stderr } = subprocess;
  const ended = subprocess.then((result): ChainExit => {
    const { exitCode, signal: killedBy, code } = result;
    const notStarted = pid === undefined ? { code: code ?? 'unknown', reason: result.originalMessage ?? 'unknown' } : undefined;
    return { exitCode, signal: killedBy, ...(notStarted && { notStarted }) };
  });
  return {
    pid,
    stderr,
    ended,
    kill() {
      if (pid === undefined) return;
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // The group is gone already.
      }
    },
  };
}
