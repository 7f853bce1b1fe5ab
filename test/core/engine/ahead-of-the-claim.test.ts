import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { CaptureOrder } from '../../../src/core/engine/capture-order.ts';
import { ClaimLostError, DiskBudgetExceededError, EndedBeforeStartError, FilterInvalidError, PodNotFoundError } from '../../../src/core/errors/index.ts';
import { EngineBench, POD } from './engine-bench.ts';

/** A capture whose claim is still being asked for, with everything got ready. */
async function ready(bench: EngineBench, order: CaptureOrder = bench.order()) {
  const claim = Promise.withResolvers<boolean>();
  const capture = bench.engine.begin(order, { claimed: claim.promise });
  await bench.eventually(() => bench.guard.reserved.size === 1 && bench.resolver.open === 1);
  return { capture, claim };
}

function expectNoTrace(bench: EngineBench): void {
  expect(bench.runner.runs).toEqual([]);
  expect(readdirSync(bench.path)).toEqual([]);
  expect(bench.guard.reserved.size).toBe(0);
  expect(bench.resolver.open).toBe(0);
  expect(bench.engine.load).toEqual({ running: 0, waiting: 0 });
}

it('everything is got ready while the claim is asked for, and nothing begun before it is won', async () => {
  using bench = new EngineBench();
  const { capture, claim } = await ready(bench);
  await bench.until(bench.clock.sleep(5_000));
  expect(capture.state).toEqual({ phase: 'starting' });
  expect(bench.runner.runs).toEqual([]);
  expect(readdirSync(bench.path)).toEqual([]);
  claim.resolve(true);
  await bench.until(capture.capturing);
  expect(bench.runner.runs).toHaveLength(1);
  capture.end({ kind: 'finish', reason: 'Stopped' });
  expect(await bench.until(capture.result)).toMatchObject({ progress: 'finished', reason: 'Stopped' });
  expect(bench.guard.reserved.size).toBe(0);
  expect(bench.resolver.open).toBe(0);
});

it('a claim that is lost leaves no trace', async () => {
  using bench = new EngineBench();
  const { capture, claim } = await ready(bench);
  claim.resolve(false);
  expect(await bench.until(capture.result)).toMatchObject({ progress: 'failure', reason: ClaimLostError.code });
  expectNoTrace(bench);
});

it('nor does one that could not be asked for; asked again, everything is there', async () => {
  using bench = new EngineBench();
  const order = bench.order();
  const { capture, claim } = await ready(bench, order);
  claim.reject(new Error('not reachable'));
  await bench.until(capture.result);
  expectNoTrace(bench);
  await bench.until(bench.engine.start(order));
});

it('a claim that is lost while its turn, or its target, is waited for', async () => {
  using bench = new EngineBench({ maxConcurrent: 1 });
  const first = await bench.engine.start(bench.order());
  const waits = bench.engine.begin(bench.order(), { claimed: bench.clock.sleep(1_000).then(() => false) });
  await bench.until(waits.result);
  expect(bench.engine.load).toEqual({ running: 1, waiting: 0 });
  await first.stop();
  bench.resolver.refuse(POD, new PodNotFoundError(`Pod ${POD}`, 1));
  const looks = bench.engine.begin(bench.order(), { claimed: bench.clock.sleep(1_000).then(() => false) });
  expect(await bench.until(looks.result)).toMatchObject({ reason: ClaimLostError.code });
  expect(bench.guard.reserved.size).toBe(0);
});

it('a filter that does not compile is told before a refused disk, and that before a missing target', async () => {
  using bench = new EngineBench();
  bench.runner.refuseFilter('tcp port');
  bench.guard.refusal = new DiskBudgetExceededError({ asked: 1, used: 1, reserved: 0, maxTotal: 1 });
  bench.resolver.refuse(POD, new PodNotFoundError(`Pod ${POD}`, 1));
  const filtered = bench.order({}, { filter: 'tcp port' });
  await expect(bench.until(bench.engine.start(filtered))).rejects.toBeInstanceOf(FilterInvalidError);
  await expect(bench.until(bench.engine.start(bench.order()))).rejects.toBeInstanceOf(DiskBudgetExceededError);
  bench.guard.refusal = undefined;
  await expect(bench.until(bench.engine.start(bench.order()))).rejects.toBeInstanceOf(PodNotFoundError);
  expectNoTrace(bench);
});

it('a reservation that is refused lets go of the interface that was resolved meanwhile', async () => {
  using bench = new EngineBench();
  bench.guard.refusal = new DiskBudgetExceededError({ asked: 1, used: 1, reserved: 0, maxTotal: 1 });
  await expect(bench.until(bench.engine.start(bench.order()))).rejects.toBeInstanceOf(DiskBudgetExceededError);
  expectNoTrace(bench);
});

it('an engine that is suspended does not wait for a claim', async () => {
  using bench = new EngineBench();
  const { capture } = await ready(bench);
  await bench.until(bench.engine.suspend());
  await expect(capture.result).rejects.toBeInstanceOf(EndedBeforeStartError);
  expectNoTrace(bench);
});
