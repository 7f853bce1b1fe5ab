import { randomUUID } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { type CaptureRequest, DEFAULT_LIMITS } from '../../src/core/capture-request.ts';
import type { CaptureEngine } from '../../src/core/engine/capture-engine.ts';
import type { CaptureOrder } from '../../src/core/engine/capture-order.ts';
import { createCaptureEngine } from '../../src/create-capture-engine.ts';
import type { TestPod } from '../../test/harness/test-pod.ts';

/** An engine with its own settings, but for the budget: the disk of a machine that is no node may be small. */
export function createBenchEngine(directory: string): Promise<CaptureEngine> {
  const { bavail, bsize } = statfsSync(directory);
  const free = bavail * bsize;
  return createCaptureEngine({ node: 'bench-node', directory, maxTotalFileSize: Math.floor(free / 2), minFreeDisk: '64M' });
}

/** What an agent hands to its engine for a Pod of this node. Default limits unless told. */
export function orderFor(pod: TestPod, name: string, limits: Partial<CaptureRequest['limits']> = {}): CaptureOrder {
  const target = { kind: 'pod', namespace: pod.namespace, name: pod.name } as const;
  return {
    request: { uid: randomUUID(), name, target, limits: { ...DEFAULT_LIMITS, ...limits } },
    target: { ...target, uid: pod.uid, cgroupUid: pod.uid, hostNetwork: false },
  };
}
