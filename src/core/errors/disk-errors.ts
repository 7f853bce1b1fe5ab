import { formatBytes } from '../quantity.ts';
import { CaptureError } from './capture-error.ts';

/** What ended captures occupy, in bytes, and how many they are. */
export interface FreeableDisk {
  readonly bytes: number;
  readonly captures: number;
}

/** Bytes of a disk budget. */
export interface BudgetNumbers {
  /** Bytes. */
  readonly asked: number;
  readonly used: number;
  readonly reserved: number;
  readonly maxTotal: number;
  readonly freeable?: FreeableDisk;
}

/** Bytes of a disk. */
export interface FreeDiskNumbers {
  /** Bytes. */
  readonly asked: number;
  readonly free: number;
  readonly reserved: number;
  readonly minFree: number;
  readonly freeable?: FreeableDisk;
}

function adviceToDelete(freeable: FreeableDisk | undefined): string {
  if (freeable === undefined || freeable.captures === 0) return '';
  const captures = freeable.captures === 1 ? 'the ended capture' : `the ${freeable.captures} ended captures`;
  return `Deleting ${captures} would free ${formatBytes(freeable.bytes)}. `;
}

/** MAX_TOTAL_FILESIZE would be exceeded. */
export class DiskBudgetExceededError extends CaptureError {
  override readonly code = 'DiskBudgetExceeded';
  constructor({ asked, used, reserved, maxTotal, freeable }: BudgetNumbers) {
    super({
      problem:
        `The capture asks for ${formatBytes(asked)}, but of MAX_TOTAL_FILESIZE ${formatBytes(maxTotal)} ` +
        `${formatBytes(used)} are used and ${formatBytes(reserved)} reserved.`,
      advice:
        adviceToDelete(freeable) + 'Ask for less (maxFileSize × fileCount), delete captures that are no longer needed, or raise MAX_TOTAL_FILESIZE.',
    });
  }
}

/** MIN_FREE_DISK would not be kept. */
export class FreeDiskTooLowError extends CaptureError {
  override readonly code = 'FreeDiskTooLow';
  constructor({ asked, free, reserved, minFree, freeable }: FreeDiskNumbers) {
    super({
      problem:
        `The capture asks for ${formatBytes(asked)}, but of ${formatBytes(free)} free disk ` +
        `${formatBytes(reserved)} are reserved and MIN_FREE_DISK ${formatBytes(minFree)} must stay free.`,
      advice:
        adviceToDelete(freeable) + 'Free disk on the node, ask for less (maxFileSize × fileCount), or lower MIN_FREE_DISK.',
    });
  }
}

/** Others filled the disk while the capture ran. */
export class DiskFilledError extends CaptureError {
  override readonly code = 'DiskFilled';
  constructor(free: number, minFree: number) {
    super({
      problem: `The disk has ${formatBytes(free)} free; MIN_FREE_DISK is ${formatBytes(minFree)}.`,
      advice: 'The capture was ended and its files are kept. Free disk on the node and capture again.',
    });
  }
}

/** The files of a capture outgrew what was reserved for them. Cannot happen, and is watched for all the same. */
export class ReservationExceededError extends CaptureError {
  override readonly code = 'ReservationExceeded';
  constructor(written: number, reserved: number) {
    super({
      problem: `The files of the capture have ${formatBytes(written)}, but only ${formatBytes(reserved)} were reserved for them.`,
      advice: 'The capture was ended and its files are kept. This is a mistake of pcapper; please report it.',
    });
  }
}

/** tcpdump counted packets that its files do not hold: it was not able to write them, and does not say so itself. */
export class PacketsNotWrittenError extends CaptureError {
  override readonly code = 'PacketsNotWritten';
  constructor(captured: number, inFiles: number) {
    super({
      problem: `tcpdump captured ${captured} packets, but its files hold ${inFiles}: the disk was full or failed.`,
      advice: 'What was written is kept. Free disk on the node and capture again.',
    });
  }
}

/** The hostmount cannot be used. */
export class HostmountError extends CaptureError {
  override readonly code = 'Hostmount';
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(
      {
        problem: `The hostmount ${path} cannot be used: ${reason}.`,
        advice: 'Mount a writable folder of the node there that belongs to root, and set HOSTMOUNT to it.',
      },
      options,
    );
  }
}

/** Another agent of the same node name writes there. */
export class HostmountLockedError extends CaptureError {
  override readonly code = 'HostmountLocked';
  constructor(path: string, node: string) {
    super({
      problem: `Another agent of node ${node} is already at work in ${path}.`,
      advice: 'Run one agent per hostmount and NODE_NAME: end the other one, or give this one its own folder.',
    });
  }
}
