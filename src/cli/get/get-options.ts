import { parseArgs } from 'node:util';
import { SUBDOMAIN, SUBDOMAIN_MAX_LENGTH } from '../../api/v1alpha1/rules/kubernetes-name.ts';
import { errorMessage, quote } from '../../core/errors/capture-error.ts';
import { CommandLineError } from './get-errors.ts';

/** What `pcapper get` was asked to do. */
export interface GetOptions {
  readonly name: string;
  readonly namespace: string;
  /** A path, or `-` for stdout. */
  readonly output: string;
  readonly soFar: boolean;
  readonly force: boolean;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

const OPTIONS = {
  output: { type: 'string', short: 'o' },
  namespace: { type: 'string', short: 'n', default: 'pcapper' },
  'so-far': { type: 'boolean', default: false },
  force: { type: 'boolean', default: false },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export function getHelp(program: string): string {
  return `Fetches the packets of a PacketCapture as one pcap file, in the order in which they were captured.

  ${program} get NAME [-o FILE]

  -o, --output FILE     Where to write it; "-" is stdout, a folder gets NAME.pcap. Default: NAME.pcap
  -n, --namespace NAME  Namespace of the capture. Default: pcapper
      --so-far          Of a capture that is still running: what there is by now.
      --force           Replace FILE where it exists.
      --kubeconfig FILE Default: what KUBECONFIG names, else ~/.kube/config, else the service account of the Pod.
      --context NAME    Context of the kubeconfig. Default: its current one.
  -h, --help

  ${program} get web-icmp
  ${program} get web-icmp -o - | wireshark -k -i -

While it grows, the file is FILE.part. When the download is cut, the same command goes on where it was.
The packets are counted and compared with what the capture says that it has.

Exit codes: 0 all is there; 1 it failed, and says why; 2 the command line is wrong;
3 the file is written, but something of the capture is missing in it; 130 interrupted.
`;
}

/**
 * Reads what follows `get`.
 * @returns `help` when that is asked for
 * @throws CommandLineError
 */
export function parseGetOptions(argv: readonly string[], program: string): GetOptions | 'help' {
  const { values, positionals } = parse(argv, program);
  if (values.help) return 'help';
  const [name, ...more] = positionals;
  if (name === undefined) throw wrong('No capture is named.', `Name one: ${program} get NAME`);
  if (more.length > 0) throw wrong(`One capture is fetched at a time; ${quote(more.join(' '))} is too much.`, `Write: ${program} get ${name}`);
  for (const [what, given] of [['capture', name], ['namespace', values.namespace]] as const) {
    if (!SUBDOMAIN.test(given) || given.length > SUBDOMAIN_MAX_LENGTH) {
      throw wrong(`${quote(given)} cannot be the name of a ${what}.`, 'Names in Kubernetes have lower-case letters, digits, "-" and ".".');
    }
  }
  const { output = `${name}.pcap`, namespace, force, kubeconfig, context } = values;
  if (output === '') throw wrong('The option --output is empty.', 'Give it a path, or "-" for stdout.');
  return { name, namespace, output, soFar: values['so-far'], force, kubeconfig, context };
}

function parse(argv: readonly string[], program: string) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    // Its own advice, for an unknown option, is how to pass that as a name.
    const [problem = ''] = errorMessage(error).split(/[.\n]/);
    throw wrong(`${problem}.`, `See ${program} get --help`);
  }
}

function wrong(problem: string, advice: string): CommandLineError {
  return new CommandLineError({ problem, advice });
}
