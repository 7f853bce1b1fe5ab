import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const measure = fileURLToPath(new URL('./processes/retained-memory.ts', import.meta.url));

interface Measured {
  /** Bytes of heap that stay. */
  readonly kept: number;
  /** Characters of the object as JSON. */
  readonly json: number;
}

test('of 5,000 PacketCaptures and 250 Pods a few fields are kept, not the objects, nor annotations that are too long', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', measure], { timeout: 55_000 });
  const { capture, pod, hostile } = JSON.parse(stdout) as Record<'capture' | 'pod' | 'hostile', Measured>;
  // Measured: 771 and 478.
  expect(capture.json).toBeGreaterThan(10_000);
  expect(capture.kept).toBeLessThan(2_000);
  expect(pod.json).toBeGreaterThan(20_000);
  expect(pod.kept).toBeLessThan(2_000);
  // Of an annotation about captures as much as a filter may be long.
  expect(hostile.json).toBeGreaterThan(260_000);
  expect(hostile.kept).toBeLessThan(10_000);
});
