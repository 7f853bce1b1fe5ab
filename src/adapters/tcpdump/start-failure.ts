import type { CaptureError } from '../../core/errors/capture-error.ts';
import { FilterInvalidError } from '../../core/errors/filter-errors.ts';
import { InterfaceDisappearedError, NamespaceNotEnteredError } from '../../core/errors/target-errors.ts';
import {
  CaptureFileError,
  CapturePermissionError,
  InterfaceDownError,
  PacketBufferError,
  TcpdumpFailedError,
  TcpdumpOptionError,
} from '../../core/errors/tcpdump-errors.ts';
import type { RunSpec } from '../../core/tcpdump-runner.ts';
import type { ChainExit } from './chain.ts';
import { programFailure } from './program-failure.ts';

/** What a chain left behind that ended before tcpdump captured. */
export interface FailedStart {
  readonly spec: RunSpec;
  /** The first program of the chain. */
  readonly program: string;
  readonly exit: ChainExit;
  readonly stderr: string;
}

/** Everything that tcpdump, or a program in front of it, gives as a reason not to start: one error for each. */
export function startFailure({ spec, program, exit, stderr }: FailedStart): CaptureError {
  const failure = programFailure(program, exit, stderr);
  if (failure) return failure;
  const said = oneLine(stderr);
  const device = spec.interface.device;
  if (/^nsenter: /m.test(stderr)) {
    const inode = spec.interface.networkNamespace?.inode;
    return new NamespaceNotEnteredError(`${device} (net:[${inode ?? ''}])`, said);
  }
  if (stderr.includes(`tcpdump: ${spec.path}`)) return new CaptureFileError(said);
  if (/No such device exists|No such device/.test(stderr)) return new InterfaceDisappearedError(device);
  if (/That device is not up|Network is down/.test(stderr)) return new InterfaceDownError(device);
  if (/You don't have permission|Couldn't change to|Operation not permitted/.test(stderr)) return new CapturePermissionError(said, spec.interface.networkNamespace !== undefined);
  if (/^tcpdump: invalid (?:snaplen|file size|number of output files|packet count|packet buffer size)/m.test(stderr)) {
    return new TcpdumpOptionError(said);
  }
  if (/rx ring|Cannot allocate memory/.test(stderr)) return new PacketBufferError(said);
  if (spec.filter !== undefined && FILTER_REFUSED.test(stderr)) {
    return new FilterInvalidError(spec.filter, spec.interface.linkType, said);
  }
  return new TcpdumpFailedError(`ended before it captured (${howItEnded(exit)})`, said);
}

const FILTER_REFUSED = /can't parse filter|rejects all packets|unknown (?:port|host|network|protocol|ether)|syntax error|only supported|supported only|not supported/;

/** What was said, without the program's name, fit to stand in a sentence. */
export function oneLine(stderr: string): string {
  return stderr
    .split('\n')
    .map((line) => line.replace(/^tcpdump: /, '').trim())
    .filter((line) => line !== '')
    .join('; ')
    .replace(/\.$/, '');
}

function howItEnded({ exitCode, signal }: ChainExit): string {
  return signal === undefined ? `exit code ${exitCode ?? 'unknown'}` : signal;
}
