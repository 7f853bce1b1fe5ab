import { DemoError } from './demo-error.ts';

const OPTIONS = ['--json', '--help'];

export interface DemoOptions {
  /** Ends stdout with one line of JSON; everything for people goes to stderr. */
  readonly json: boolean;
  readonly help: boolean;
}

export const HELP = `npm run demo [-- OPTIONS]

Captures the packets of one of two Pods by a PacketCapture, and compares the file with what the Pod sent.
Needs no cluster: the Kubernetes API is embedded, the Pods are network namespaces of this machine.
The files stay in captures/.

  --json    ends stdout with a line of JSON about the capture; text for people goes to stderr
  --help    shows this

Ends with 0 when the files hold what was sent, 1 when not or when something failed, 2 for an unknown option.
`;

/** @throws DemoError that says what was given and what is allowed */
export function parseCommandLine(argv: readonly string[]): DemoOptions {
  const unknown = argv.find((argument) => !OPTIONS.includes(argument));
  if (unknown !== undefined) {
    throw new DemoError(`Unknown option ${JSON.stringify(unknown)}. Allowed: ${OPTIONS.join(', ')}, as in: npm run demo -- --json`, 2);
  }
  return { json: argv.includes('--json'), help: argv.includes('--help') };
}
