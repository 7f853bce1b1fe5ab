import type { CaptureManifest } from '../capture-manifest.ts';
import { secondsLeft } from '../capture-manifest.ts';
import { isTerminal } from '../capture-progress.ts';
import type { RecordedProgress } from '../capture-source.ts';
import type { Clock } from '../clock.ts';
import type { Record, Standing } from './restart-decision.ts';

/** What the origin's record means to this node. */
export function standingOf({ progress, node }: RecordedProgress, thisNode: string): Standing {
  if (node !== thisNode || progress === undefined) return 'not-mine';
  return isTerminal(progress) ? 'terminal' : progress;
}

/** What follows for this node where the origin keeps no record, from what lies on disk. */
export function standingByDisk(onDisk: Record): Standing {
  switch (onDisk) {
    case 'none':
      return 'not-mine';
    case 'closed-unreported':
    case 'closed-reported':
      return 'terminal';
    case 'open-time-left':
    case 'open-time-over':
    case 'unreadable':
      return 'running';
  }
}

/** Whether a node may claim: nobody has it, or an operator has assigned it to this node. */
export function isClaimable({ progress, node }: RecordedProgress, thisNode: string): boolean {
  return progress === undefined && (node === undefined || node === thisNode);
}

/** What lies on disk, in the words of the restart table. */
export function recordOf(manifest: CaptureManifest | undefined, clock: Clock): Exclude<Record, 'unreadable'> {
  if (manifest === undefined) return 'none';
  if (manifest.state.kind === 'closed') return manifest.state.reported ? 'closed-reported' : 'closed-unreported';
  const left = secondsLeft(manifest, clock);
  return left === undefined || left > 0 ? 'open-time-left' : 'open-time-over';
}
