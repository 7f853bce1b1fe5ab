import type { PacketCounters } from '../../core/capture-result.ts';
import type { RunEndCause } from '../../core/tcpdump-runner.ts';
import type { ChainExit } from './chain.ts';

export interface EndEvidence {
  readonly exit: ChainExit;
  /** We have sent it SIGTERM. */
  readonly terminated: boolean;
  readonly interfaceDisappeared: boolean;
  readonly counters: PacketCounters | undefined;
  readonly maxPackets: number | undefined;
  /** It has run until the backstop's time. */
  readonly backstopPassed: boolean;
}

/** What `timeout` exits with when the time has passed (timeout(1)). */
const TIMED_OUT = 124;
const SIGNAL_BASE = 128;

/** Why a tcpdump ended that was capturing. */
export function runEndCause(evidence: EndEvidence): RunEndCause {
  const { exit, counters, maxPackets } = evidence;
  // By then it has ended already, and has left to the kernel what it had not read.
  if (evidence.interfaceDisappeared) return 'interface-gone';
  if (evidence.terminated) return 'stopped';
  // With -k, timeout ends itself along with its group.
  const killed = exit.signal === 'SIGKILL' || exit.exitCode === SIGNAL_BASE + 9;
  if (exit.exitCode === TIMED_OUT || (killed && evidence.backstopPassed)) return 'time-limit';
  if (exit.exitCode === 0) {
    // A signal ends tcpdump with 0 as well.
    return maxPackets !== undefined && counters !== undefined && counters.captured >= maxPackets ? 'packet-limit' : 'killed';
  }
  return exit.signal !== undefined || (exit.exitCode ?? 0) > SIGNAL_BASE ? 'killed' : 'failed';
}
