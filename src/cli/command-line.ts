import type { Writable } from 'node:stream';
import manifest from '../../package.json' with { type: 'json' };
import { CaptureError, quote } from '../core/errors/capture-error.ts';
import { get } from './get/get.ts';
import { CommandLineError } from './get/get-errors.ts';
import { getHelp, parseGetOptions } from './get/get-options.ts';
import { type Screen, writeLine } from './screen.ts';
import { userConnection } from './user-connection.ts';

export const EXIT = { done: 0, failed: 1, misused: 2, incomplete: 3, interrupted: 130 } as const;

export interface Invocation {
  /** As the person calls it, for texts: `pcapper` or `kubectl pcapper`. */
  readonly program: string;
  /** What follows it. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly screen: Screen;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Does what the command line says. @returns the exit code */
export async function runCommandLine(invocation: Invocation): Promise<number> {
  const { program, screen, signal } = invocation;
  try {
    return await run(invocation);
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted;
    const isOurs = CaptureError.is(error);
    writeLine(screen, `${program}: ${isOurs ? error.message : unexpected(error)}`);
    return isOurs && error.code === CommandLineError.code ? EXIT.misused : EXIT.failed;
  }
}

async function run({ program, argv, env, stdout, screen, signal }: Invocation): Promise<number> {
  const [command, ...rest] = argv;
  switch (command) {
    case 'get': {
      const options = parseGetOptions(rest, program);
      if (options === 'help') return told(stdout, getHelp(program));
      const { whole, lines } = await get(options, { connect: (given) => userConnection({ ...given, env }), stdout, screen, signal });
      for (const line of lines) writeLine(screen, line);
      return whole ? EXIT.done : EXIT.incomplete;
    }
    case '-h':
    case '--help':
    case 'help':
      return told(stdout, help(program));
    case '--version':
      return told(stdout, `${manifest.version}\n`);
    default:
      throw new CommandLineError({
        problem: command === undefined ? 'No command is given.' : `${quote(command)} is no command.`,
        advice: `The one command is get: ${program} get NAME. See ${program} --help`,
      });
  }
}

function help(program: string): string {
  return `Packet captures as a Kubernetes resource.

  ${program} get NAME [-o FILE]   fetches the packets of a PacketCapture as one pcap file
  ${program} get --help           says how
  ${program} --version

Captures are made, watched, stopped and deleted with kubectl: kubectl -n pcapper get pktcap
`;
}

function told(stdout: Writable, text: string): number {
  stdout.write(text);
  return EXIT.done;
}

function unexpected(error: unknown): string {
  return `An unexpected error; please report it. ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
