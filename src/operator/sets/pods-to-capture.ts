import type { KnownPod } from './known-pod.ts';

export interface PodsToCapture {
  readonly next: readonly KnownPod[];
  /** Those that there is no room for. */
  readonly beyond: readonly KnownPod[];
}

/**
 * The Pods that run and were never captured, the oldest first.
 * @param captured uids
 * @param most Pods that may ever be captured
 */
export function podsToCapture(pods: readonly KnownPod[], captured: ReadonlySet<string>, most: number): PodsToCapture {
  const uncaptured = pods.filter(({ uid, isRunning }) => isRunning && !captured.has(uid)).sort(byAge);
  const room = Math.max(0, most - captured.size);
  return { next: uncaptured.slice(0, room), beyond: uncaptured.slice(room) };
}

function byAge(a: KnownPod, b: KnownPod): number {
  return a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : a.name < b.name ? -1 : 1;
}
