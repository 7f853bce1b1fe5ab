import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspectPcapFile } from '../adapters/pcap/inspect-pcap-file.ts';
import { CaptureError } from '../core/errors/capture-error.ts';
import type { ProcessIdentity, RunSpec, TcpdumpRun, TcpdumpRunner } from '../core/tcpdump-runner.ts';
import type { ContractTest } from './contract-test.ts';

/** A runner with what its tests need around it. */
export interface TcpdumpRunnerSubject extends AsyncDisposable {
  /** The one under test. */
  readonly runner: TcpdumpRunner;
  /**
   * A run of its own capture, into a file of its own in an existing folder, with a filter that lets through just what
   * {@link TcpdumpRunnerSubject.send} sends.
   */
  readonly spec: (changes?: Partial<RunSpec>) => RunSpec;
  /** Sends that many packets over the interface of every spec, and resolves when they have been sent. */
  send(count: number): Promise<void>;
  /** The interface goes away. */
  removeInterface(): Promise<void>;
  /** Ends tcpdump as SIGKILL does. */
  kill(process: ProcessIdentity): Promise<void>;
}

/** What does not compile for any link type. */
export const INVALID_FILTER = 'tcp port';

/** How long counters may take to show a packet. tcpdump gets them after a second at the latest. Milliseconds. */
const COUNTED_WITHIN = 20_000;

/** What every {@link TcpdumpRunner} owes to the engine. */
export function tcpdumpRunnerContract(test: ContractTest, setUp: () => Promise<TcpdumpRunnerSubject>): void {
  const withSubject = (name: string, body: (subject: TcpdumpRunnerSubject) => Promise<void>) =>
    test(name, async () => {
      await using subject = await setUp();
      await body(subject);
    });

  withSubject('compiles a filter, or says what is wrong with it', async ({ runner }) => {
    await runner.compileFilter('tcp port 443 and host 10.0.0.7', 'EN10MB');
    await assert.rejects(runner.compileFilter(INVALID_FILTER, 'EN10MB'), ofCode('FilterInvalid'));
    await assert.rejects(runner.compileFilter('host example.com', 'EN10MB'), ofCode('FilterHostName'));
    await assert.rejects(runner.compileFilter(`port ${'1'.repeat(4096)}`, 'EN10MB'), ofCode('FilterTooLong'));
  });

  withSubject('has every packet that was sent between start and stop', async (subject) => {
    const spec = subject.spec();
    const run = await subject.runner.start(spec);
    await subject.send(20);
    const end = await run.stop();
    assert.equal(end.cause, 'stopped');
    assert.deepEqual(end.counters, { captured: 20, received: 20, dropped: 0 });
    assert.equal(await packetsIn(`${spec.path}0`), 20);
  });

  withSubject('counts while it captures, and still knows the counters afterwards', async (subject) => {
    const run = await subject.runner.start(subject.spec());
    await subject.send(7);
    await untilCaptured(run, 7);
    const answers = await Promise.all([run.counters(), run.counters(), run.counters()]);
    assert.deepEqual(answers, answers.map(() => ({ captured: 7, received: 7, dropped: 0 })));
    await run.stop();
    assert.deepEqual(await run.counters(), { captured: 7, received: 7, dropped: 0 });
  });

  withSubject('stops once, however often it is asked', async ({ runner, spec }) => {
    const run = await runner.start(spec());
    assert.equal(run.stop(), run.ended);
    assert.equal(run.stop(), run.ended);
    const end = await run.ended;
    assert.equal(await run.stop(), end);
  });

  withSubject('ends by itself at its number of packets', async (subject) => {
    const spec = subject.spec({ maxPackets: 3 });
    const run = await subject.runner.start(spec);
    await subject.send(5);
    const end = await run.ended;
    assert.equal(end.cause, 'packet-limit');
    assert.equal(end.counters?.captured, 3);
    assert.equal(await packetsIn(`${spec.path}0`), 3);
  });

  withSubject('writes to the path itself when the ring has one file only', async (subject) => {
    const spec = subject.spec({ fileCount: 1 });
    const run = await subject.runner.start(spec);
    await subject.send(2);
    await run.stop();
    assert.equal(await packetsIn(spec.path), 2);
  });

  withSubject('pads the names of a ring', async (subject) => {
    const spec = subject.spec({ fileCount: 11 });
    const run = await subject.runner.start(spec);
    await subject.send(2);
    await run.stop();
    assert.equal(await packetsIn(`${spec.path}00`), 2);
  });

  withSubject('gives its files to its own user alone', async ({ runner, spec: makeSpec }) => {
    const spec = makeSpec();
    await (await runner.start(spec)).stop();
    assert.equal((await stat(`${spec.path}0`)).mode & 0o777, 0o600);
  });

  withSubject('never writes over a file', async ({ runner, spec: makeSpec }) => {
    const spec = makeSpec();
    await writeFile(`${spec.path}0`, 'precious');
    await assert.rejects(runner.start(spec), ofCode('CaptureFile'));
    assert.equal(await readFile(`${spec.path}0`, 'utf8'), 'precious');
    assert.deepEqual(await runner.findProcesses(spec.captureUid), []);
  });

  withSubject('starts nothing when it is aborted', async ({ runner, spec: makeSpec }) => {
    const spec = makeSpec();
    const reason = new Error('no longer wanted');
    await assert.rejects(runner.start(spec, AbortSignal.abort(reason)), reason);
    assert.deepEqual(await runner.findProcesses(spec.captureUid), []);
    await assert.rejects(stat(`${spec.path}0`), { code: 'ENOENT' });
  });

  withSubject('compiles nothing when it is aborted', async ({ runner }) => {
    const reason = new Error('no longer wanted');
    await assert.rejects(runner.compileFilter('tcp', 'EN10MB', AbortSignal.abort(reason)), reason);
  });

  withSubject('is stopped when it is disposed', async (subject) => {
    const spec = subject.spec();
    let ended: TcpdumpRun['ended'];
    {
      await using run = await subject.runner.start(spec);
      await subject.send(3);
      ({ ended } = run);
    }
    assert.deepEqual(await subject.runner.findProcesses(spec.captureUid), []);
    assert.equal((await ended).cause, 'stopped');
    assert.equal(await packetsIn(`${spec.path}0`), 3);
  });

  withSubject('keeps two runs apart', async (subject) => {
    const [one, other] = [subject.spec(), subject.spec()];
    const [first, second] = [await subject.runner.start(one), await subject.runner.start(other)];
    await subject.send(4);
    assert.equal((await first.stop()).counters?.captured, 4);
    await subject.send(2);
    assert.equal((await second.stop()).counters?.captured, 6);
    assert.deepEqual([await packetsIn(`${one.path}0`), await packetsIn(`${other.path}0`)], [4, 6]);
  });

  withSubject('finds the processes of a capture, and of no other', async ({ runner, spec: makeSpec }) => {
    const spec = makeSpec();
    const run = await runner.start(spec);
    const found = await runner.findProcesses(spec.captureUid);
    assert.deepEqual(found[0], run.process);
    assert.deepEqual(await runner.findProcesses(`${spec.captureUid}0`), []);
    await run.stop();
    assert.deepEqual(await runner.findProcesses(spec.captureUid), []);
  });

  withSubject('ends the processes that it finds, without loss', async (subject) => {
    const spec = subject.spec();
    const run = await subject.runner.start(spec);
    await subject.send(9);
    for (const process of await subject.runner.findProcesses(spec.captureUid)) await subject.runner.endProcess(process);
    assert.deepEqual(await subject.runner.findProcesses(spec.captureUid), []);
    assert.equal((await run.ended).cause, 'killed');
    assert.equal(await packetsIn(`${spec.path}0`), 9);
    await subject.runner.endProcess(run.process);
  });

  withSubject('tells when it was killed', async (subject) => {
    const spec = subject.spec();
    const run = await subject.runner.start(spec);
    await subject.send(3);
    await untilCaptured(run, 3);
    await subject.kill(run.process);
    const end = await run.ended;
    assert.deepEqual({ cause: end.cause, counters: end.counters }, { cause: 'killed', counters: undefined });
    assert.equal(await packetsIn(`${spec.path}0`), 3);
    assert.equal(await run.stop(), end);
    assert.equal((await run.counters()).captured, 3);
  });

  withSubject('tells when its interface went away', async (subject) => {
    const run = await subject.runner.start(subject.spec());
    await subject.removeInterface();
    assert.equal((await run.ended).cause, 'interface-gone');
  });
}

function ofCode(code: string): (error: unknown) => boolean {
  return (error) => CaptureError.is(error) && error.code === code;
}

async function packetsIn(file: string): Promise<number> {
  return (await inspectPcapFile(file)).packets;
}

async function untilCaptured(run: TcpdumpRun, count: number): Promise<void> {
  const end = performance.now() + COUNTED_WITHIN;
  for (;;) {
    const { captured } = await run.counters();
    if (captured >= count) return;
    assert.ok(performance.now() < end, `${captured} of ${count} packets were counted within ${COUNTED_WITHIN / 1000} s`);
    await sleep(50);
  }
}
