import type { ResolvedInterface } from '../interface-resolver.ts';
import type { RunEnd } from '../tcpdump-runner.ts';
import type { CaptureEnding } from './capture-ending.ts';

/** Why a segment ended though its capture did not: the reason of the gap that follows, in plain words. */
export const INTERRUPTIONS = {
  killed: 'tcpdump was killed',
  targetReplaced: 'the network of the target was replaced',
  agentRestarted: 'the agent was restarted',
  notStarted: 'tcpdump did not start',
  ended: 'the capture ended',
} as const;

/** Why there is a gap between the files of an earlier segment and those of one whose ring has wrapped. */
export const OVERWRITTEN = 'the ring was full and has overwritten its packets of that time';

/** @param ending of the capture; absent when it is to go on */
export function interruptionBy({ cause }: RunEnd, { gone }: ResolvedInterface, ending?: CaptureEnding): string {
  if (cause === 'killed') return INTERRUPTIONS.killed;
  if (cause === 'interface-gone' || gone.aborted) return INTERRUPTIONS.targetReplaced;
  return ending && ending.kind !== 'suspend' ? INTERRUPTIONS.ended : INTERRUPTIONS.agentRestarted;
}
