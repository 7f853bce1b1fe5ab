import { CaptureError } from './capture-error.ts';

/** A program that captures need is missing or cannot run. The message has the command that installs it on Debian. */
export class ProgramMissingError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'ProgramMissing';
  constructor(program: string, debianPackage: string) {
    super({
      problem: `The program ${program} was not found.`,
      advice: `Install it: apt-get install -y ${debianPackage}.`,
    });
  }
}

/** A program lacks an option that captures need, or is of another make. Install the version in the message, or a newer one. */
export class ProgramTooOldError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'ProgramTooOld';
  constructor(program: string, found: string, needed: string) {
    super({ problem: `${program} ${found} is too old.`, advice: `Install ${needed} or newer.` });
  }
}

/** tcpdump, or the chain in front of it, lacks a right. Give the process the capabilities that the message names. */
export class CapturePermissionError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'CapturePermission';
  /** @param entersNamespace whether tcpdump was to capture in the network namespace of a Pod. Default: true */
  constructor(stderr: string, entersNamespace = true) {
    const needed = entersNamespace
      ? 'the capabilities NET_RAW, SYS_ADMIN, SYS_PTRACE and SETGID for Pods.'
      : 'the capability NET_RAW for an interface of the node, and SETGID with tcpdump before 4.99.5.';
    super({
      problem: `tcpdump was not permitted to capture: ${stderr}.`,
      advice: `The agent, or your program, needs ${needed}`,
    });
  }
}

/** tcpdump could not create or write its file. Check that the folder exists and is writable. */
export class CaptureFileError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'CaptureFile';
  constructor(stderr: string) {
    super({
      problem: `tcpdump could not write its file: ${stderr}.`,
      advice: 'Check that the hostmount exists, is writable and belongs to root.',
    });
  }
}

/** The interface is there, but not up. Bring it up, or capture another one. */
export class InterfaceDownError extends CaptureError {
  /** What {@link CaptureError.code} is of such an error: to compare with, as `instanceof` fails for that of another copy of this library. */
  static readonly code = 'InterfaceDown';
  /** {@inheritDoc CaptureError.code} */
  override readonly code = InterfaceDownError.code;
  constructor(device: string) {
    super({ problem: `The interface ${device} is not up.`, advice: 'Bring it up, or capture another one.' });
  }
}

/** tcpdump did not say "listening on" within 5 s, or a filter waited 30 s for a processor. The node is overloaded: try again. */
export class TcpdumpStartTimeoutError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'TcpdumpStartTimeout';
  constructor(seconds: number, stderr: string) {
    super({
      problem: `tcpdump did not start to capture within ${seconds} s${stderr ? `: ${stderr}` : ''}.`,
      advice: 'The node may be overloaded; try again.',
    });
  }
}

/** tcpdump ended without having been asked, with words that no other error stands for. They are in the message, and all of them in the log. */
export class TcpdumpFailedError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'TcpdumpFailed';
  constructor(how: string, stderr: string) {
    super({
      problem: `tcpdump ${how}${stderr ? `: ${stderr}` : ''}.`,
      advice: 'What was captured until then is kept. See the log of the agent for everything that tcpdump said.',
    });
  }
}

/** The kernel did not take the filter, so packets would be filtered too late and drops counted wrongly. Make the filter simpler. */
export class KernelFilterError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'KernelFilter';
  constructor(stderr: string) {
    super({ problem: `The kernel did not take the capture filter: ${stderr}.`, advice: 'Make the filter simpler.' });
  }
}

/** tcpdump refused one of its own options: a size, a count, a snapshot length or the packet buffer. Check the limits of the request. */
export class TcpdumpOptionError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'TcpdumpOption';
  constructor(stderr: string) {
    super({
      problem: `tcpdump refused one of the limits: ${stderr}.`,
      advice: 'Check maxFileSize, fileCount, maxPackets and snapLength.',
    });
  }
}

/**
 * The kernel gave no memory for the ring that packets wait in until tcpdump reads them. Raise the agent's memory limit, or run fewer
 * captures at a time.
 */
export class PacketBufferError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'PacketBuffer';
  constructor(stderr: string) {
    super({
      problem: `The packet buffer could not be set up: ${stderr}.`,
      advice: 'Raise the memory limit of the agent (MEMORY_LIMIT) or of your program, or run fewer captures at a time (MAX_CONCURRENT_CAPTURES; in code: maxConcurrent).',
    });
  }
}

/** The machine did not start another process. Check the agent's limits on memory, processes and open files. */
export class ProcessNotStartedError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'ProcessNotStarted';
  constructor(program: string, reason: string, options?: ErrorOptions) {
    super(
      {
        problem: `The program ${program} could not be started: ${reason}.`,
        advice: 'Check the limits on memory, processes and open files of the agent.',
      },
      options,
    );
  }
}

/**
 * A tcpdump outlives even SIGKILL, as a process in state D does that waits for a disk; or it belongs to another user. See to the disk,
 * or run the agent as the user of before.
 */
export class ProcessNotEndedError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'ProcessNotEnded';
  constructor(pid: number, reason: string) {
    super({
      problem: `The process ${pid}, a tcpdump of an earlier agent, could not be ended: ${reason}.`,
      advice: 'The agent needs to run as the user that it ran as before; a process in state D waits for a disk.',
    });
  }
}

/** A file that is not in pcap format (pcap-savefile(5)) where tcpdump has written. Somebody else has written it; it is left as it is. */
export class PcapFileInvalidError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'PcapFileInvalid';
  constructor(path: string, reason: string) {
    super({
      problem: `${path} is not a pcap file: ${reason}.`,
      advice: 'Something else has written it; it was left as it is.',
    });
  }
}
