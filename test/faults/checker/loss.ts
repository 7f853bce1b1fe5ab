import type { Believable, CaptureEvidence, SeenStatus, SentPacket } from './evidence.ts';

/** Clocks are read a moment before or after what they time. */
const CLOCK_SLACK_MS = 5;
/** libpcap hands over packets after at most a second, and a stop waits 1.1 s; what is told as "last packets" is within this. */
const LAST_PACKETS_MS = 2_500;

/** What a status tells to be missing, as a judge of single packets. */
export class ToldLoss {
  readonly #status: SeenStatus;
  readonly #offsets: readonly number[];
  /** How many packets the kernel dropped, or tcpdump could not write: any. */
  readonly anywhere: number;

  constructor(status: SeenStatus, { clockOffsets = [0] }: Believable) {
    this.#status = status;
    this.#offsets = clockOffsets;
    this.anywhere = (status.packets?.dropped ?? 0) + notWritten(status);
  }

  /** Whether the status tells that this packet may be missing. */
  tells({ before, after }: SentPacket): boolean {
    return this.#isOverwritten(before) || this.#isInGap(before, after) || this.#isAmongLast(after);
  }

  #isOverwritten(before: number): boolean {
    const { wrapped, oldestPacketTime } = this.#status;
    return wrapped === true && oldestPacketTime !== undefined && before <= Date.parse(oldestPacketTime) + CLOCK_SLACK_MS;
  }

  #isInGap(before: number, after: number): boolean {
    return (this.#status.gaps ?? []).some(({ from, to }) =>
      this.#offsets.some((offset) => after >= Date.parse(from) - offset - CLOCK_SLACK_MS && before <= Date.parse(to) - offset + CLOCK_SLACK_MS),
    );
  }

  #isAmongLast(after: number): boolean {
    const { reason, message = '', completionTime } = this.#status;
    const told = /its last (packets|second) may be missing|what was dropped by then is not known/.test(message) || reason === 'TargetGone';
    // completionTime has whole seconds, cut.
    return told && completionTime !== undefined && this.#offsets.some((offset) => after >= Date.parse(completionTime) - offset - LAST_PACKETS_MS);
  }
}

function notWritten({ message = '' }: SeenStatus): number {
  const told = /captured (\d+) packets, but its files hold (\d+)|Of (\d+) packets the files hold (\d+)/.exec(message);
  if (told === null) return 0;
  const [captured = 0, held = 0] = told.slice(1).filter((part) => part as string | undefined).map(Number);
  return captured - held;
}

/** The time until which everything had to be captured; milliseconds since the Unix epoch. */
export function servedUntil({ asked, endAskedAt = Infinity }: CaptureEvidence, status: SeenStatus, { clockOffsets = [0] }: Believable): number {
  const start = status.startTime === undefined ? Infinity : Date.parse(status.startTime);
  const limit = start + asked.seconds * 1000;
  // Whole seconds, cut: never later than it was.
  const completed = status.completionTime === undefined ? Infinity : Date.parse(status.completionTime);
  const mayHaveEnded = status.progress === 'failure' || status.reason === 'TargetGone' || asked.end === 'packets';
  return Math.min(endAskedAt, Math.min(limit, mayHaveEnded ? completed : Infinity) - Math.max(...clockOffsets));
}
