import type { CaptureDirectory } from '../../core/capture-directory.ts';
import type { CaptureManifest } from '../../core/capture-manifest.ts';
import type { Clock } from '../../core/clock.ts';

export interface RemoveOldCapturesOptions {
  readonly directory: CaptureDirectory;
  readonly clock: Clock;
  /** Captures that ended longer ago than this are removed; milliseconds. */
  readonly olderThan: number;
}

/**
 * Retention by age, for whoever configures it; by default files are kept. Removes captures whose end was reported, with
 * their files, also those whose resource asks to retain them: the node's disk is the node's owner's.
 * @returns the manifests of what was removed
 */
export async function removeOldCaptures({ directory, clock, olderThan }: RemoveOldCapturesOptions): Promise<readonly CaptureManifest[]> {
  const { manifests } = await directory.loadManifests();
  const removed: CaptureManifest[] = [];
  for (const manifest of manifests) {
    const { state } = manifest;
    if (state.kind !== 'closed' || !state.reported || clock.now() - state.result.completionTime < olderThan) continue;
    await directory.removeCapture(manifest);
    removed.push(manifest);
  }
  return removed;
}
