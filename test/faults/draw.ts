import type { AskedEnd } from './checker/evidence.ts';
import type { Cell, FaultKind } from './fault.ts';
import type { Random } from './random.ts';
import type { Pace } from './sender.ts';
import type { Step } from './steps.ts';

/** All of a run that the cell leaves open, as the seed gives it. */
export interface Draw {
  readonly sharedHostmount: boolean;
  /** A second capture: of the same Pod by the same agent, or of the neighbour's Pod by the neighbour. */
  readonly second: 'none' | 'same-pod' | 'neighbour';
  readonly device: 'eth0' | 'any';
  readonly filter: string | undefined;
  readonly fileCount: number;
  readonly end: Exclude<AskedEnd, 'deletion'>;
  readonly seconds: number;
  readonly maxPackets: number | undefined;
  readonly retainFiles: boolean;
  readonly pace: Pace;
  /** Packets that the run waits for before a capture that runs comes to its step; many make the ring wrap. */
  readonly headStart: number;
  /** The agent is restarted once all has ended: nothing may run again. */
  readonly restartAtEnd: boolean;
}

/** Steps that a capture only comes to when it is to end. */
export const LATE: readonly Step[] = ['stopping', 'reporting', 'reported'];

const PACES: readonly [Pace, ...Pace[]] = [{ bytes: 100, everyMs: 5 }, { bytes: 1_400, everyMs: 2 }];

export function draw(random: Random, { step, lifecycle }: Cell, { sharedHostmount }: FaultKind): Draw {
  const isLate = LATE.includes(step);
  const shared = random.next() < 0.5;
  const second = random.pick<Draw['second']>(['none', 'same-pod', 'neighbour', 'neighbour']);
  const device = random.pick<Draw['device']>(['eth0', 'eth0', 'any']);
  const filter = random.pick<string | undefined>([undefined, 'udp dst port 9', 'udp or icmp', '(udp and dst port 9) or (arp and not ether proto 0x86dd)']);
  const fileCount = random.whole(2, 4);
  const pace = random.pick(PACES);
  const retainFiles = random.next() < 0.3;
  const restartAtEnd = random.next() < 0.3;
  const isLong = random.next() < 0.4;
  const ends: [Draw['end'], ...Draw['end'][]] = isLate && lifecycle === 'stop' ? ['time', 'packets'] : lifecycle === 'none' || isLate ? ['stop', 'stop', 'time', 'packets'] : ['stop'];
  const end = random.pick(ends);
  return {
    sharedHostmount: sharedHostmount ?? shared,
    second,
    device,
    filter: device === 'any' && filter?.includes('ether') ? 'udp' : filter,
    fileCount,
    end,
    seconds: end === 'time' ? (isLate ? 3 : 6) : 300,
    maxPackets: end === 'packets' ? (isLate ? 300 : 700) : undefined,
    retainFiles,
    pace,
    headStart: isLong && end === 'stop' && (step === 'running' || isLate) ? 2_500 : step === 'running' ? 0 : 100,
    restartAtEnd,
  };
}
