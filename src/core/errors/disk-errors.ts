import { formatBytes } from '../quantity.ts';
import { CaptureError } from './capture-error.ts';

/** What captures that have ended occupy. */
export interface FreeableDisk {
  /** Bytes. */
  readonly bytes: number;
  /** How many have ended and still have files. */
  readonly captures: number;
}

/** A disk budget that does not suffice. All sizes are bytes. */
export interface BudgetNumbers {
  /** Bytes that the capture asks for, less what it has written already. */
  readonly asked: number;
  /** Bytes that everything in the folder occupies, as `du` counts. */
  readonly used: number;
  /** Bytes that captures have reserved and not written yet. */
  readonly reserved: number;
  /** MAX_TOTAL_FILESIZE, in bytes. */
  readonly maxTotal: number;
  /** What removing captures that have ended would free. Absent: not known, so nothing is advised. */
  readonly freeable?: FreeableDisk;
}

/** A disk that does not suffice. All sizes are bytes. */
export interface FreeDiskNumbers {
  /** Bytes that the capture asks for, less what it has written already. */
  readonly asked: number;
  /** Bytes that are available to us, as `df` counts. */
  readonly free: number;
  /** As {@link BudgetNumbers.reserved}. */
  readonly reserved: number;
  /** MIN_FREE_DISK, in bytes. */
  readonly minFree: number;
  /** As {@link BudgetNumbers.freeable}. */
  readonly freeable?: FreeableDisk;
}

function adviceToDelete(freeable: FreeableDisk | undefined): string {
  if (freeable === undefined || freeable.captures === 0) return '';
  const captures = freeable.captures === 1 ? 'the ended capture' : `the ${freeable.captures} ended captures`;
  return `Deleting ${captures} would free ${formatBytes(freeable.bytes)}. `;
}

/** MAX_TOTAL_FILESIZE would be exceeded. Ask for less, remove captures that have ended, or raise it; the message has the numbers. */
export class DiskBudgetExceededError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'DiskBudgetExceeded';
  constructor({ asked, used, reserved, maxTotal, freeable }: BudgetNumbers) {
    super({
      problem:
        `The capture asks for ${formatBytes(asked)}, but of MAX_TOTAL_FILESIZE ${formatBytes(maxTotal)} ` +
        `${formatBytes(used)} are used and ${formatBytes(reserved)} reserved.`,
      advice:
        adviceToDelete(freeable) + 'Ask for less (maxFileSize × fileCount), delete captures that are no longer needed, or raise MAX_TOTAL_FILESIZE (in code: maxTotalFileSize).',
    });
  }
}

/** MIN_FREE_DISK would not be kept. Free disk, ask for less, or lower it; the message has the numbers. */
export class FreeDiskTooLowError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'FreeDiskTooLow';
  constructor({ asked, free, reserved, minFree, freeable }: FreeDiskNumbers) {
    super({
      problem:
        `The capture asks for ${formatBytes(asked)}, but of ${formatBytes(free)} free disk ` +
        `${formatBytes(reserved)} are reserved and MIN_FREE_DISK ${formatBytes(minFree)} must stay free.`,
      advice:
        adviceToDelete(freeable) + 'Free disk on the node, ask for less (maxFileSize × fileCount), or lower MIN_FREE_DISK (in code: minFreeDisk).',
    });
  }
}

/** Others filled the disk while the capture ran: it was ended, its files are kept. Free disk and capture again. */
export class DiskFilledError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'DiskFilled';
  /**
   * @param free bytes that are available
   * @param minFree MIN_FREE_DISK, in bytes
   */
  constructor(free: number, minFree: number) {
    super({
      problem: `The disk has ${formatBytes(free)} free; MIN_FREE_DISK (in code: minFreeDisk) is ${formatBytes(minFree)}.`,
      advice: 'The capture was ended and its files are kept. Free disk on the node and capture again.',
    });
  }
}

/** The files of a capture outgrew what was reserved for them. Cannot happen, and is watched for all the same: report it. */
export class ReservationExceededError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'ReservationExceeded';
  /**
   * @param written bytes of its files
   * @param reserved bytes
   */
  constructor(written: number, reserved: number) {
    super({
      problem: `The files of the capture have ${formatBytes(written)}, but only ${formatBytes(reserved)} were reserved for them.`,
      advice: 'The capture was ended and its files are kept. This is a mistake of pcapper; please report it.',
    });
  }
}

/** tcpdump counted packets that its files do not hold: it was not able to write them, and does not say so itself. Free disk and capture again. */
export class PacketsNotWrittenError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'PacketsNotWritten';
  /**
   * @param captured packets, as tcpdump counts
   * @param inFiles packets that the files hold
   */
  constructor(captured: number, inFiles: number) {
    super({
      problem: `tcpdump captured ${captured} packets, but its files hold ${inFiles}: the disk was full or failed.`,
      advice: 'What was written is kept. Free disk on the node and capture again.',
    });
  }
}

/** The folder of the captures cannot be used. Give one that exists, is writable, and belongs to root or this user. */
export class HostmountError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'Hostmount';
  /**
   * @param path of the folder
   * @param reason a clause: `it is not a folder`
   */
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(
      {
        problem: `The hostmount ${path} cannot be used: ${reason}.`,
        advice: 'Give it a writable folder of the node that belongs to root or to its own user: mounted in its container, and set as HOSTMOUNT (in code: directory).',
      },
      options,
    );
  }
}

/** Another engine of the same node or identity writes to the folder. End that, or give this one another `identity` or folder. */
export class HostmountLockedError extends CaptureError {
  /** {@inheritDoc CaptureError.code} */
  override readonly code = 'HostmountLocked';
  /**
   * @param path of the folder
   * @param node NODE_NAME, or the identity that another engine has there
   */
  constructor(path: string, node: string) {
    super({
      problem: `Another agent or engine of ${node} is already at work in ${path}.`,
      advice: 'End the other one, or give this one a folder of its own (HOSTMOUNT; in code: directory) or a name (NODE_NAME; in code: identity).',
    });
  }
}
