import { CaptureError } from './capture-error.ts';

/** A program that the capture chain needs is missing or cannot run. */
export class ProgramMissingError extends CaptureError {
  override readonly code = 'ProgramMissing';
  constructor(program: string, debianPackage: string) {
    super({
      problem: `The program ${program} was not found.`,
      advice: `Install it: apt-get install -y ${debianPackage}.`,
    });
  }
}

export class ProgramTooOldError extends CaptureError {
  override readonly code = 'ProgramTooOld';
  constructor(program: string, found: string, needed: string) {
    super({ problem: `${program} ${found} is too old.`, advice: `Install ${needed} or newer.` });
  }
}

/** tcpdump (or the chain in front of it) lacks a right. */
export class CapturePermissionError extends CaptureError {
  override readonly code = 'CapturePermission';
  constructor(stderr: string) {
    super({
      problem: `tcpdump was not permitted to capture: ${stderr}.`,
      advice: 'The agent needs the capabilities NET_RAW, SYS_ADMIN, SYS_PTRACE and SETGID.',
    });
  }
}

/** tcpdump could not create or write its file. */
export class CaptureFileError extends CaptureError {
  override readonly code = 'CaptureFile';
  constructor(stderr: string) {
    super({
      problem: `tcpdump could not write its file: ${stderr}.`,
      advice: 'Check that the hostmount exists, is writable and belongs to root.',
    });
  }
}

export class InterfaceDownError extends CaptureError {
  static readonly code = 'InterfaceDown';
  override readonly code = InterfaceDownError.code;
  constructor(device: string) {
    super({ problem: `The interface ${device} is not up.`, advice: 'Bring it up, or capture another one.' });
  }
}

/** "listening on" did not come in time. */
export class TcpdumpStartTimeoutError extends CaptureError {
  override readonly code = 'TcpdumpStartTimeout';
  constructor(seconds: number, stderr: string) {
    super({
      problem: `tcpdump did not start to capture within ${seconds} s${stderr ? `: ${stderr}` : ''}.`,
      advice: 'The node may be overloaded; try again.',
    });
  }
}

/** tcpdump ended without having been asked, with words that no other error stands for. */
export class TcpdumpFailedError extends CaptureError {
  override readonly code = 'TcpdumpFailed';
  constructor(how: string, stderr: string) {
    super({
      problem: `tcpdump ${how}${stderr ? `: ${stderr}` : ''}.`,
      advice: 'What was captured until then is kept. See the log of the agent for everything that tcpdump said.',
    });
  }
}

/** The kernel did not take the filter, so packets would be filtered too late and drops counted wrongly. */
export class KernelFilterError extends CaptureError {
  override readonly code = 'KernelFilter';
  constructor(stderr: string) {
    super({ problem: `The kernel did not take the capture filter: ${stderr}.`, advice: 'Make the filter simpler.' });
  }
}

/** tcpdump refused one of its own options: a size, a count or a snapshot length. */
export class TcpdumpOptionError extends CaptureError {
  override readonly code = 'TcpdumpOption';
  constructor(stderr: string) {
    super({
      problem: `tcpdump refused one of the limits: ${stderr}.`,
      advice: 'Check maxFileSize, fileCount, maxPackets and snapLength, and the size of the packet buffer.',
    });
  }
}

/** The kernel gave no memory for the ring that packets wait in until tcpdump reads them. */
export class PacketBufferError extends CaptureError {
  override readonly code = 'PacketBuffer';
  constructor(stderr: string) {
    super({
      problem: `The packet buffer could not be set up: ${stderr}.`,
      advice: 'Raise the memory limit of the agent, make the packet buffer smaller, or run fewer captures at a time.',
    });
  }
}

/** The machine did not start another process. */
export class ProcessNotStartedError extends CaptureError {
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

/** A tcpdump outlives even SIGKILL, as a process does that waits for a disk. */
export class ProcessNotEndedError extends CaptureError {
  override readonly code = 'ProcessNotEnded';
  constructor(pid: number, reason: string) {
    super({
      problem: `The process ${pid}, a tcpdump of an earlier agent, could not be ended: ${reason}.`,
      advice: 'The agent needs to run as the user that it ran as before; a process in state D waits for a disk.',
    });
  }
}

/** A file that is not in pcap format (pcap-savefile(5)) where tcpdump has written. */
export class PcapFileInvalidError extends CaptureError {
  override readonly code = 'PcapFileInvalid';
  constructor(path: string, reason: string) {
    super({
      problem: `${path} is not a pcap file: ${reason}.`,
      advice: 'Something else has written it; it was left as it is.',
    });
  }
}
