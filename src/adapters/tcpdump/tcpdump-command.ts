import { MEGABYTE } from '../../core/capture-request.ts';
import type { RunSpec } from '../../core/tcpdump-runner.ts';

/** A program and its arguments; nothing of it passes a shell. */
export interface Command {
  readonly program: string;
  readonly argv: readonly string[];
}

/** The file descriptor under which the chain inherits the network namespace. */
export const NAMESPACE_FD = 3;

/** Whoever starts tcpdump ends it at its limit; the backstop comes this much later. Seconds. */
export const BACKSTOP_GRACE = 10;

/** How long after the backstop's SIGTERM its SIGKILL comes. Seconds. */
const BACKSTOP_KILL_AFTER = 5;

/** Ends the process when its parent has died. */
const DIES_WITH_PARENT = ['setpriv', '--pdeathsig', 'TERM'];

export interface CommandOptions {
  /** `-B`: size of the ring in the kernel, in KiB. */
  readonly bufferKibibytes: number;
  readonly asRoot: boolean;
}

/** Seconds until the backstop, or `undefined` without a time limit. */
export function backstopSeconds({ secondsLeft }: Pick<RunSpec, 'secondsLeft'>): number | undefined {
  return secondsLeft === undefined ? undefined : Math.ceil(Math.max(0, secondsLeft)) + BACKSTOP_GRACE;
}

/**
 * `setpriv … timeout … setpriv … nsenter … tcpdump …`, each of which but `timeout` becomes the next. The second setpriv
 * ends tcpdump where `timeout` was killed.
 */
export function tcpdumpCommand(spec: RunSpec, { bufferKibibytes, asRoot }: CommandOptions): Command {
  const seconds = backstopSeconds(spec);
  const backstop = seconds === undefined ? [] : ['timeout', '-k', String(BACKSTOP_KILL_AFTER), String(seconds), ...DIES_WITH_PARENT];
  const enter = spec.interface.networkNamespace ? ['nsenter', `--net=/proc/self/fd/${NAMESPACE_FD}`, '--'] : [];
  const [program = '', ...argv] = [...DIES_WITH_PARENT, ...backstop, ...enter, 'tcpdump', ...tcpdumpOptions(spec, bufferKibibytes, asRoot)];
  return { program, argv };
}

function tcpdumpOptions(spec: RunSpec, bufferKibibytes: number, asRoot: boolean): string[] {
  return [
    ...['-i', spec.interface.device],
    ...(spec.promiscuous ? [] : ['-p']),
    '-n',
    // Debian's tcpdump becomes another user otherwise, who can neither write to a folder of root's nor be signalled.
    ...(asRoot ? ['-Z', 'root'] : []),
    // Each packet reaches the file at once, so that a kill costs no more than the kernel's open block.
    '-U',
    ...['-s', String(spec.snapLength)],
    ...['-B', String(bufferKibibytes)],
    ...['-C', String(spec.maxFileSize / MEGABYTE), '-W', String(spec.fileCount)],
    ...(spec.maxPackets === undefined ? [] : ['-c', String(spec.maxPackets)]),
    ...['-w', spec.path],
    // Behind it nothing is read as an option; as one argument the filter can only be a filter.
    '--',
    ...(spec.filter?.trim() ? [spec.filter] : []),
  ];
}
