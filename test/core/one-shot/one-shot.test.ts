import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../../src/api/one-shot/capture-outcome.ts';
import type { CaptureOrder } from '../../../src/core/engine/capture-order.ts';
import { DiskBudgetExceededError, RequestInvalidError } from '../../../src/core/errors/index.ts';
import { OneShot } from '../../../src/core/one-shot/one-shot.ts';
import type { EndReport, ProgressReport, ProgressSink } from '../../../src/core/progress-sink.ts';
import { EngineBench } from '../engine/engine-bench.ts';

const IDENTITY = 'n1.job-0a1b2c3d';

/** A process in one-shot mode, whose reports are kept. */
class OneShotProcess {
  readonly reports: ProgressReport[] = [];
  readonly mark = { isSet: false, times: 0, set: () => this.#mark(true), clear: () => this.#mark(false) };
  readonly stop = new AbortController();
  readonly end: Promise<EndReport>;

  constructor(bench: EngineBench, order: CaptureOrder, moreSinks: readonly ProgressSink[] = []) {
    const sink: ProgressSink = { report: (report) => Promise.resolve(void this.reports.push(report)) };
    const engine = bench.newEngine({ identity: IDENTITY });
    this.end = new OneShot({ engine, sinks: [...moreSinks, sink], mark: this.mark }).run(order, this.stop.signal);
    this.end.catch(() => undefined);
  }

  get progress(): string[] {
    return this.reports.map(({ progress }) => progress);
  }

  #mark(isSet: boolean): void {
    this.mark.isSet = isSet;
    this.mark.times += 1;
  }
}

/** One that is capturing. */
async function capturing(bench: EngineBench, order: CaptureOrder): Promise<OneShotProcess> {
  const process = new OneShotProcess(bench, order);
  await bench.eventually(() => process.progress.includes('running'));
  return process;
}

/** Dies: its tcpdump with it, and nothing more is written. The order is left open on disk. */
async function died(bench: EngineBench, order: CaptureOrder, packets = 0): Promise<void> {
  const engine = bench.newEngine({ identity: IDENTITY });
  await engine.start({ ...order, source: 'OneShot' });
  bench.run.receive(packets);
  await engine.suspend();
}

describe('a one-shot', () => {
  it('makes its capture, tells that it is running and how it ended, and marks when it captures', async () => {
    using bench = new EngineBench();
    const process = await capturing(bench, bench.order({ seconds: 5 }));
    expect(process.mark.isSet).toBe(true);
    bench.run.receive(4);
    const end = await bench.until(process.end);
    expect(end).toMatchObject({ source: 'OneShot', node: 'n1', name: 'web', progress: 'finished', reason: 'TimeLimit', packets: { captured: 4 } });
    // Where they are, whoever started the process knows.
    expect(end.message).toBe('It ended at its time limit. 4 packets captured, in 1 file of 488 B.');
    expect(process.progress).toEqual(['running', 'finished']);
    expect(process.reports.at(-1)).toBe(end);
    expect(process.mark).toMatchObject({ isSet: false, times: 2 });
    expect(readdirSync(bench.path).every((name) => name.startsWith(`${IDENTITY}.web.`))).toBe(true);
    expect(bench.guard.reserved.size).toBe(0);
  });

  it('ends as finished when it is stopped', async () => {
    using bench = new EngineBench();
    const process = await capturing(bench, bench.order());
    bench.run.receive(2);
    process.stop.abort();
    expect(await bench.until(process.end)).toMatchObject({ progress: 'finished', reason: 'Stopped', packets: { captured: 2 } });
    expect(bench.run.alive).toBe(false);
  });

  it('ends as finished when it was stopped before it began', async () => {
    using bench = new EngineBench();
    const process = new OneShotProcess(bench, bench.order());
    process.stop.abort();
    expect(await bench.until(process.end)).toMatchObject({ progress: 'finished', reason: 'Stopped', packets: { captured: 0 }, files: [] });
    expect(process).toMatchObject({ progress: ['finished'], mark: { times: 0 } });
    expect(bench.runner.runs).toEqual([]);
  });

  it('tells that its disk is refused', async () => {
    using bench = new EngineBench();
    bench.guard.refusal = new DiskBudgetExceededError({ asked: 2, used: 0, reserved: 0, maxTotal: 1 });
    const process = new OneShotProcess(bench, bench.order());
    expect(await bench.until(process.end)).toMatchObject({ progress: 'failure', reason: 'DiskBudgetExceeded', message: bench.guard.refusal.message });
    expect(process).toMatchObject({ progress: ['failure'], mark: { times: 0 } });
    expect(readdirSync(bench.path)).toEqual([]);
  });

  it('has nothing to tell of an order that cannot be served', async () => {
    using bench = new EngineBench();
    const target = { kind: 'node', node: 'n2', interface: 'eth0' } as const;
    const process = new OneShotProcess(bench, { ...bench.order(), target });
    await expect(bench.until(process.end)).rejects.toBeInstanceOf(RequestInvalidError);
    expect(process.progress).toEqual([]);
  });

  it('ends in spite of somebody who cannot be told', async () => {
    using bench = new EngineBench();
    const process = new OneShotProcess(bench, bench.order({ maxPackets: 1 }), [{ report: () => Promise.reject(new Error('deaf')) }]);
    await bench.eventually(() => bench.runner.runs.length === 1 && process.mark.isSet);
    bench.run.receive(1);
    expect(await bench.until(process.end)).toMatchObject({ reason: 'PacketLimit' });
  });
});

describe('a one-shot after another of the same capture', () => {
  it('that died goes on for the time left, with the disk that is reserved, and tells the gap', async () => {
    using bench = new EngineBench();
    const order = bench.order({ seconds: 60 });
    const began = bench.clock.now();
    await died(bench, order, 3);
    await bench.clock.advance(20_000);
    const process = await capturing(bench, order);
    expect(bench.guard.adopted).toEqual([]);
    expect(bench.guard.reserved.size).toBe(1);
    bench.run.receive(4);
    const end = await bench.until(process.end, 1000);
    expect(end).toMatchObject({ progress: 'finished', reason: 'Partial', packets: { captured: 7 }, gaps: [{ reason: 'the agent was restarted' }] });
    expect(end.completionTime - began).toBeCloseTo(60_000, -3);
    expect(end.files).toHaveLength(2);
    expect(process.progress).toEqual(['running', 'finished']);
  });

  it('that died comes too late for its time: it finishes as partial', async () => {
    using bench = new EngineBench();
    const order = bench.order({ seconds: 60 });
    await died(bench, order, 3);
    await bench.clock.advance(100_000);
    const process = new OneShotProcess(bench, order);
    expect(await bench.until(process.end)).toMatchObject({ progress: 'finished', reason: 'Partial', packets: { captured: 3 } });
    expect(process).toMatchObject({ progress: ['finished'], mark: { times: 0 } });
    expect(bench.runner.runs).toHaveLength(1);
  });

  it('that has ended tells the same again, and captures nothing', async () => {
    using bench = new EngineBench();
    const order = bench.order({ maxPackets: 2 });
    const first = await capturing(bench, order);
    bench.run.receive(2);
    const end = await bench.until(first.end);
    const second = new OneShotProcess(bench, order);
    expect(outcomeOf('n1', await bench.until(second.end))).toEqual(outcomeOf('n1', end));
    expect(second).toMatchObject({ progress: ['finished'], mark: { times: 0 } });
    expect(bench.runner.runs).toHaveLength(1);
  });

  it('that has failed fails again', async () => {
    using bench = new EngineBench();
    const order = bench.order();
    const first = await capturing(bench, order);
    bench.run.fail();
    expect(await bench.until(first.end)).toMatchObject({ progress: 'failure', reason: 'TcpdumpFailed' });
    expect(await bench.until(new OneShotProcess(bench, order).end)).toMatchObject({ progress: 'failure', reason: 'TcpdumpFailed' });
    expect(bench.runner.runs).toHaveLength(1);
  });

  it('whose record cannot be read does not capture again: it ends what still runs, and says what is lost', async () => {
    using bench = new EngineBench();
    const order = bench.order();
    await died(bench, order, 3);
    bench.runner.leaveProcess(order.request.uid);
    const manifest = readdirSync(bench.path).find((name) => name.endsWith('.json')) ?? '';
    writeFileSync(join(bench.path, manifest), '{');
    const process = new OneShotProcess(bench, order);
    expect(await bench.until(process.end)).toMatchObject({ progress: 'failure', reason: 'ManifestLost' });
    expect(await bench.runner.findProcesses(order.request.uid)).toEqual([]);
    expect(readdirSync(bench.path).filter((name) => name.includes('.pcap'))).toHaveLength(1);
    expect(bench.runner.runs).toHaveLength(1);
  });

  it('that was another capture changes nothing for it', async () => {
    using bench = new EngineBench();
    await died(bench, bench.order(), 3);
    const process = await capturing(bench, bench.order({ maxPackets: 1 }));
    bench.run.receive(1);
    expect(await bench.until(process.end)).toMatchObject({ reason: 'PacketLimit', packets: { captured: 1 }, gaps: [] });
  });
});
