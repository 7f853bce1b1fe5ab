import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  CaptureError,
  CaptureSuspendedError,
  DiskBudgetExceededError,
  EndedBeforeStartError,
  FilterInvalidError,
  HostPidMissingError,
  InterfaceDisappearedError,
  InterfaceNotFoundError,
  NoDefaultRouteError,
  PodNotFoundError,
  RequestInvalidError,
  TcpdumpStartTimeoutError,
} from '../../../src/core/errors/index.ts';
import { EngineBench, POD } from './engine-bench.ts';

const missing = () => new PodNotFoundError(`Pod ${POD}`, 100);

describe('a capture ends', () => {
  it('as finished at its time limit, with everything that came in', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order({ seconds: 60 }));
    bench.run.receive(10);
    const result = await bench.until(capture.result, 1000);
    expect(result).toMatchObject({ progress: 'finished', reason: 'TimeLimit', packets: { captured: 10 }, wrapped: false, gaps: [], interface: 'eth0' });
    expect(result.completionTime - (result.startTime ?? 0)).toBeCloseTo(60_000, -3);
    expect(result.files).toHaveLength(1);
    expect(bench.guard.reserved.size).toBe(0);
    expect(bench.resolver.open).toBe(0);
  });

  it('as finished when it is stopped, when its scope is left, and when its signal is aborted', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.receive(3);
    expect(await capture.stop()).toMatchObject({ progress: 'finished', reason: 'Stopped', packets: { captured: 3 } });
    let left;
    {
      await using scoped = await bench.engine.start(bench.order());
      left = scoped.result;
    }
    expect(await left).toMatchObject({ reason: 'Stopped' });
    const abort = new AbortController();
    const aborted = await bench.engine.start(bench.order(), { signal: abort.signal });
    abort.abort();
    expect(await aborted.result).toMatchObject({ reason: 'Stopped' });
  });

  it('as finished at its packet limit', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order({ maxPackets: 5 }));
    bench.run.receive(9);
    expect(await capture.result).toMatchObject({ progress: 'finished', reason: 'PacketLimit', packets: { captured: 5 } });
  });

  it('as finished when its target has gone for good, at the time it went', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.receive(4);
    const went = bench.clock.now();
    bench.resolver.refuse(POD, missing());
    bench.resolver.goAway(POD);
    const result = await bench.until(capture.result);
    expect(result).toMatchObject({ progress: 'finished', reason: 'TargetGone', packets: { captured: 4 }, gaps: [] });
    expect(result.completionTime).toBe(went);
    expect(bench.runner.runs).toHaveLength(1);
  });

  for (const refusal of [new HostPidMissingError(), new NoDefaultRouteError('the Pod', []), new InterfaceNotFoundError('eth0', 'the Pod', ['lo'])]) {
    it(`as finished when the network of its target is torn down piece by piece (${refusal.code})`, async () => {
      using bench = new EngineBench();
      const capture = await bench.engine.start(bench.order());
      bench.resolver.refuse(POD, refusal);
      bench.run.removeInterface();
      expect(await bench.until(capture.result)).toMatchObject({ progress: 'finished', reason: 'TargetGone' });
    });
  }

  it('as finished when a resolver of somebody else refuses, in words of its own, what was there before', async () => {
    class EntryMissingError extends CaptureError {
      override readonly code = 'FakeCniEntryMissing';
    }
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.resolver.refuse(POD, new EntryMissingError({ problem: 'No entry.', advice: 'Look into the CNI.' }));
    bench.resolver.goAway(POD);
    expect(await bench.until(capture.result)).toMatchObject({ progress: 'finished', reason: 'TargetGone' });
  });

  it('as failure when others fill the disk, with its files kept', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.receive(4);
    bench.guard.fill(2e15);
    const result = await capture.result;
    expect(result).toMatchObject({ progress: 'failure', reason: 'DiskFilled', packets: { captured: 4 } });
    expect(result.files).toHaveLength(1);
    expect(result.message).toContain('4 packets captured');
  });

  it('as failure when tcpdump counted packets that its files do not hold', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.receive(4);
    bench.run.fillDisk();
    bench.run.receive(6);
    expect(await capture.stop()).toMatchObject({ progress: 'failure', reason: 'PacketsNotWritten' });
  });

  it('as failure when tcpdump gives up, in its words', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.fail('tcpdump: pcap_loop: I/O error');
    const result = await capture.result;
    expect(result).toMatchObject({ progress: 'failure', reason: 'TcpdumpFailed' });
    expect(result.message).toContain('I/O error');
  });

  it('as partial when the backstop had to end it', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.passTimeLimit();
    expect(await capture.result).toMatchObject({ progress: 'finished', reason: 'Partial' });
  });

  it('and tells drops and a ring that has wrapped', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.receive(3000, 1000);
    bench.run.drop(7);
    const result = await capture.stop();
    expect(result).toMatchObject({ wrapped: true, packets: { captured: 3000, received: 3007, dropped: 7 } });
    expect(result.message).toContain('dropped 7 packets');
    expect(result.message).toContain('overwritten');
    expect(result.oldestPacketTime).toBeDefined();
  });
});

describe('a capture that is interrupted goes on in a next segment', () => {
  it('when tcpdump is killed: nothing written is lost, and the gap is told', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.receive(5);
    await bench.clock.advance(10_000);
    bench.run.kill();
    await bench.eventually(() => bench.runner.runs.length === 2);
    await bench.clock.advance(2_000);
    bench.run.receive(6);
    const result = await capture.stop();
    expect(result).toMatchObject({ progress: 'finished', reason: 'Partial', packets: { captured: 11 }, gaps: [{ reason: 'tcpdump was killed' }] });
    expect(result.files).toHaveLength(2);
  });

  it('but not for ever when it is killed at once, again and again', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    for (let killed = 1; killed <= 3; killed += 1) {
      await bench.eventually(() => bench.runner.runs.length === killed && bench.run.alive);
      await bench.eventually(() => bench.run.spec.path !== '');
      bench.run.kill();
      if (killed < 3) await bench.until(new Promise((resolve) => setTimeout(resolve, 20)), 1);
    }
    expect(await capture.result).toMatchObject({ progress: 'failure', reason: 'TcpdumpFailed' });
    expect(bench.runner.runs).toHaveLength(3);
  });

  it('when the sandbox of its Pod is restarted under the same uid', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.receive(2);
    bench.resolver.refuse(POD, missing());
    bench.resolver.goAway(POD);
    await bench.eventually(() => !bench.runner.runs[0]?.alive);
    await bench.clock.advance(3_000);
    bench.resolver.serve(POD);
    await bench.until(new Promise<void>((resolve) => void bench.eventually(() => bench.runner.runs.length === 2).then(resolve)), 250);
    bench.run.receive(3);
    const result = await capture.stop();
    expect(result).toMatchObject({ reason: 'Partial', packets: { captured: 5 }, gaps: [{ reason: 'the network of the target was replaced' }] });
  });

  it('with the packets and the seconds that are left', async () => {
    using bench = new EngineBench();
    await bench.engine.start(bench.order({ seconds: 60, maxPackets: 100 }));
    bench.run.receive(30);
    await bench.clock.advance(20_000);
    bench.run.kill();
    await bench.eventually(() => bench.runner.runs.length === 2);
    expect(bench.run.spec.maxPackets).toBe(70);
    expect(bench.run.spec.secondsLeft).toBeCloseTo(40, 0);
  });

  it('in another engine after a suspension, which leaves it open', async () => {
    using bench = new EngineBench();
    const order = bench.order();
    const capture = await bench.engine.start(order);
    bench.run.receive(5);
    await bench.engine.suspend();
    await expect(capture.result).rejects.toBeInstanceOf(CaptureSuspendedError);
    const { manifests } = await bench.directory.loadManifests();
    expect(manifests).toMatchObject([{ request: { uid: order.request.uid }, state: { kind: 'open' } }]);
    await bench.clock.advance(5_000);
    const [manifest] = manifests;
    if (!manifest) throw new Error('no manifest');
    const next = bench.newEngine().continue(manifest);
    await next.capturing;
    bench.run.receive(6);
    next.end({ kind: 'finish', reason: 'Stopped' });
    expect(await next.result).toMatchObject({ reason: 'Partial', packets: { captured: 11 }, gaps: [{ reason: 'the agent was restarted' }] });
  });

  it('after ending what an agent that died left running', async () => {
    using bench = new EngineBench();
    const order = bench.order();
    await bench.engine.start(order);
    bench.run.receive(5);
    await bench.engine.suspend();
    bench.runner.leaveProcess(order.request.uid);
    const [manifest] = (await bench.directory.loadManifests()).manifests;
    if (!manifest) throw new Error('no manifest');
    const next = bench.newEngine().continue(manifest, { kind: 'finish', reason: 'Stopped' });
    expect(await next.result).toMatchObject({ packets: { captured: 5 } });
    expect(await bench.runner.findProcesses(order.request.uid)).toEqual([]);
  });
});

describe('a capture does not start', () => {
  it('with limits that make no sense, said by field', () => {
    using bench = new EngineBench();
    for (const limits of [{ maxFileSize: 1 }, { fileCount: 0 }, { snapLength: 0 }, { maxPackets: -1 }, { seconds: Number.NaN }]) {
      expect(() => bench.engine.begin(bench.order(limits))).toThrow(RequestInvalidError);
    }
    for (const name of ['../up', 'a/b', 'A', '', 'a..b', 'a%b', 'ü']) expect(() => bench.engine.begin(bench.order({}, { name }))).toThrow(RequestInvalidError);
  });

  it('of a target that is none, of another node, or with the uid of another that runs', async () => {
    using bench = new EngineBench();
    const order = bench.order();
    const elsewhere = { kind: 'node', node: 'n2', interface: 'eth0' } as const;
    const nonsense = { kind: 'nod' } as unknown as typeof elsewhere;
    for (const target of [elsewhere, nonsense]) expect(() => bench.engine.begin({ ...order, target })).toThrow(RequestInvalidError);
    await bench.engine.start(order);
    expect(() => bench.engine.begin(order)).toThrow('has not ended');
    expect(() => bench.newEngine({ maxConcurrent: 0 })).toThrow('maxConcurrent is "0"');
  });

  it('with a filter that does not compile: nothing is reserved, nothing is written', async () => {
    using bench = new EngineBench();
    bench.runner.refuseFilter('tcp port');
    bench.guard.refusal = new Error('must not be asked');
    await expect(bench.engine.start(bench.order({}, { filter: 'tcp port' }))).rejects.toBeInstanceOf(FilterInvalidError);
    expect(readdirSync(bench.path)).toEqual([]);
  });

  it('without disk, and says the numbers', async () => {
    using bench = new EngineBench();
    bench.guard.refusal = new DiskBudgetExceededError({ asked: 1e9, used: 5e9, reserved: 4e9, maxTotal: 1e10 });
    await expect(bench.engine.start(bench.order())).rejects.toThrow('1 GB');
    expect(bench.resolver.open).toBe(0);
  });

  it('when tcpdump does not: everything is given back', async () => {
    using bench = new EngineBench();
    bench.runner.failNextStart(new TcpdumpStartTimeoutError(5, ''));
    await expect(bench.engine.start(bench.order())).rejects.toBeInstanceOf(TcpdumpStartTimeoutError);
    await bench.eventually(() => bench.guard.reserved.size === 0 && bench.resolver.open === 0 && bench.engine.load.running === 0);
    expect((await bench.directory.loadManifests()).manifests).toMatchObject([{ state: { kind: 'closed', result: { progress: 'failure', reason: 'TcpdumpStartTimeout' } } }]);
  });

  it('for a Pod that is not there, but waits a while for it', async () => {
    using bench = new EngineBench();
    bench.resolver.refuse(POD, missing());
    const refused = bench.engine.start(bench.order());
    await expect(bench.until(refused)).rejects.toBeInstanceOf(PodNotFoundError);
    const served = bench.engine.start(bench.order());
    served.catch(() => undefined);
    await bench.clock.advance(2_000);
    bench.resolver.serve(POD);
    await bench.until(served);
  });

  it('at the first try when the interface disappears under it, but at the next', async () => {
    using bench = new EngineBench();
    bench.runner.failNextStart(new InterfaceDisappearedError('eth0'));
    const capture = await bench.until(bench.engine.start(bench.order()));
    bench.run.receive(2);
    expect(await capture.stop()).toMatchObject({ progress: 'finished', reason: 'Stopped', gaps: [], packets: { captured: 2 } });
  });

  it('when it is stopped before', async () => {
    using bench = new EngineBench();
    bench.runner.hangNextStart();
    const abort = new AbortController();
    const starting = bench.engine.start(bench.order(), { signal: abort.signal });
    await bench.eventually(() => bench.resolver.open === 1);
    abort.abort();
    await expect(starting).rejects.toBeInstanceOf(EndedBeforeStartError);
    await bench.eventually(() => bench.guard.reserved.size === 0 && bench.resolver.open === 0);
  });
});

describe('captures', () => {
  it('wait for their turn in order, and are told their place', async () => {
    using bench = new EngineBench({ maxConcurrent: 1 });
    const first = await bench.engine.start(bench.order());
    const places: number[] = [];
    const second = bench.engine.start(bench.order(), { onWaiting: (place) => places.push(place) });
    const third = bench.engine.start(bench.order(), { onWaiting: (place) => places.push(place) });
    await bench.eventually(() => bench.engine.load.waiting === 2);
    expect(bench.runner.runs).toHaveLength(1);
    await first.stop();
    await (await second).stop();
    await (await third).stop();
    expect(places).toEqual([1, 2, 1]);
  });

  it('of one name in one second have files of their own', async () => {
    using bench = new EngineBench();
    const [a, b] = await Promise.all([bench.engine.start(bench.order()), bench.engine.start(bench.order())]);
    for (const run of bench.runner.runs) run.receive(1);
    const files = [...(await a.stop()).files, ...(await b.stop()).files].map(({ name }) => name);
    expect(new Set(files).size).toBe(2);
  });

  it('are not disturbed by a jump of the wall clock', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order({ seconds: 60 }));
    await bench.clock.advance(10_000);
    bench.clock.jump(-86_400_000);
    await bench.clock.advance(10_000);
    expect(bench.run.alive).toBe(true);
    bench.clock.jump(2 * 86_400_000);
    await bench.clock.advance(10_000);
    expect(bench.run.alive).toBe(true);
    expect(await bench.until(capture.result, 1_000)).toMatchObject({ progress: 'finished', reason: 'TimeLimit', gaps: [] });
  });
});
