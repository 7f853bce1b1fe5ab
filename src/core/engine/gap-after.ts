import { elapsedBetween, endOf, type Instant, type SegmentRecord } from '../capture-manifest.ts';
import type { CaptureGap } from '../capture-result.ts';
import { INTERRUPTIONS } from './interruption.ts';

/** A wall clock that differs by more from the time since boot was set meanwhile; less is rounding. */
const SET_BY_MS = 1_000;

/**
 * The time between the end of a segment and a later moment, as `gaps` tell it. Where the wall clock was set back in
 * between it is told by the present clock, and is as long as it was; where it was set forward, it spans the step.
 */
export function gapAfter(segment: SegmentRecord, until: Instant): CaptureGap | undefined {
  const { end } = segment;
  const ended = endOf(segment);
  if (end === undefined || ended === undefined) return undefined;
  // What only its files tell may have been set back within the segment as well; then they are held against the wall clock.
  const isSure = end.uptime !== undefined || until.at < end.at;
  const passed = isSure ? elapsedBetween(ended, until) : until.at - end.at;
  const wasSetBack = passed - (until.at - end.at) > SET_BY_MS;
  const from = wasSetBack ? until.at - passed : end.at;
  // It was to end, and the agent died before it could close the manifest.
  return { from, to: Math.max(from, until.at), reason: end.interruption === INTERRUPTIONS.ended ? INTERRUPTIONS.agentRestarted : end.interruption };
}
