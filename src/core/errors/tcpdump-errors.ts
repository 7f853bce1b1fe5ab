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
  override readonly code = 'InterfaceDown';
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
