import { describe, expect, it } from 'vitest';
import type { CaptureManifest } from '../../../src/core/capture-manifest.ts';
import { HostSideNotFoundError, InterfaceNotResolvedError, PodNotFoundError } from '../../../src/core/errors/index.ts';
import type { FakeTcpdumpRun } from '../../../src/testing/fake-tcpdump-run.ts';
import type { Capture } from '../../../src/core/engine/capture.ts';
import { EngineBench, POD } from './engine-bench.ts';

const missing = () => new PodNotFoundError(`Pod ${POD}`, 1);

async function leftOpen(bench: EngineBench): Promise<CaptureManifest> {
  await bench.engine.suspend();
  const [manifest] = (await bench.directory.loadManifests()).manifests;
  if (!manifest) throw new Error('no manifest');
  return manifest;
}

describe('finished', () => {
  it('is partial when tcpdump was killed in the midst of its stop', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.receive(3);
    const result = capture.stop();
    bench.run.kill();
    expect(await result).toMatchObject({ progress: 'finished', reason: 'Partial', packets: { captured: 3 } });
  });

  it('is partial when tcpdump was killed and the target was gone before it could go on', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.receive(3);
    bench.resolver.refuse(POD, missing());
    bench.run.kill();
    const result = await bench.until(capture.result);
    expect(result).toMatchObject({ progress: 'finished', reason: 'Partial', gaps: [{ reason: 'tcpdump was killed' }] });
    expect(result.message).toContain('its target went away');
  });

  describe('with the words of the resolver when its target went away', () => {
    const goneFor = async (reason: string | undefined, refusal = missing()) => {
      using bench = new EngineBench();
      const capture = await bench.engine.start(bench.order());
      bench.run.receive(3);
      bench.resolver.refuse(POD, refusal);
      if (reason === undefined) bench.run.removeInterface();
      else bench.resolver.goAway(POD, reason);
      const { message, reason: code } = await bench.until(capture.result);
      expect(code).toBe('TargetGone');
      return { message, lines: bench.log.lines };
    };

    it('as it has told', async () => {
      const { message, lines } = await goneFor('Pod shop/web-1 is gone: its device nb1 on the node was removed.');
      expect(message).toBe('It ended because its target went away. Pod shop/web-1 is gone: its device nb1 on the node was removed. 3 packets captured, in 1 file of 372 B.');
      expect(lines).toContainEqual(expect.stringContaining('its device nb1 on the node was removed'));
    });

    it('as it refused where tcpdump told first', async () => {
      const { message, lines } = await goneFor(undefined);
      expect(message).toMatch(/^It ended because its target went away\. No process of Pod shop\/web-1 was found on this node \(1 processes looked at\)\. 3 packets/);
      expect(lines).toContainEqual(expect.stringContaining('No process of Pod shop/web-1'));
    });

    it('as a sentence of one line that is not long, whatever it is', async () => {
      const { message } = await goneFor('no\u001b[31m more\nhere');
      expect(message).toContain('went away. no\\u001b[31m more here. 3 packets');
      expect((await goneFor('x'.repeat(5_000))).message.length).toBeLessThan(500);
      expect((await goneFor('')).message).toContain('went away. No process of Pod shop/web-1');
    });

    it('not with those of a time when it came back', async () => {
      using bench = new EngineBench();
      const capture = await bench.engine.start(bench.order());
      const first = bench.run;
      bench.resolver.goAway(POD, 'The first sandbox is gone.');
      await bench.eventually(() => bench.run !== first && bench.run.alive);
      bench.resolver.refuse(POD, missing());
      bench.run.removeInterface();
      const { message } = await bench.until(capture.result);
      expect(message).not.toContain('The first sandbox');
      expect(message).toContain('No process of Pod shop/web-1');
    });
  });

  it.each([
    { event: 'a kill takes with it what the kernel had for tcpdump', happens: (run: FakeTcpdumpRun) => run.kill(), reason: 'tcpdump was killed' },
    { event: 'tcpdump leaves to the kernel what it has not read when the interface goes away', happens: (run: FakeTcpdumpRun) => run.removeInterface(), reason: 'the network of the target was replaced' },
  ])('tells a gap from the last packet in the files, since $event', async ({ happens, reason }) => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order({ seconds: 600 }));
    await bench.clock.advance(500);
    bench.run.receive(3);
    const last = bench.clock.now();
    // Packets of this time may wait in the kernel.
    await bench.clock.advance(900);
    const ended = bench.run;
    happens(ended);
    await bench.eventually(() => bench.run !== ended && bench.run.alive);
    const { gaps } = await capture.stop();
    expect(gaps).toMatchObject([{ from: last, reason }]);
  });

  it('has ended when the target went away, however long ago the last packet came', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order({ seconds: 7_200 }));
    bench.run.receive(3);
    await bench.clock.advance(3_600_000);
    const gone = bench.clock.now();
    bench.resolver.refuse(POD, missing());
    bench.run.removeInterface();
    expect(await bench.until(capture.result)).toMatchObject({ progress: 'finished', reason: 'TargetGone', gaps: [], completionTime: gone });
  });

  it('tells that gap, too, when tcpdump is killed while it is to end', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order({ seconds: 600 }));
    bench.run.receive(3);
    const last = bench.clock.now();
    await bench.clock.advance(900);
    const stopped = bench.clock.now();
    bench.run.hang();
    const { gaps } = await bench.until(capture.stop());
    expect(gaps).toMatchObject([{ from: last, to: stopped }]);
  });

  it('tells the gap after an agent that died from the last packet in the files, though its tcpdump is found alive', async () => {
    using bench = new EngineBench();
    await bench.engine.start(bench.order({ seconds: 600 }));
    bench.run.receive(3);
    const last = bench.clock.now();
    const closed = await leftOpen(bench);
    // As an agent leaves it that is killed: nothing is closed, and tcpdump has just been told to end by the kernel.
    const manifest = { ...closed, segments: closed.segments.map(({ file, fileCount, maxFileSize, started, device, process = bench.run.process }) => ({ file, fileCount, maxFileSize, started, device, process })) };
    bench.runner.leaveProcess(closed.request.uid);
    await bench.clock.advance(900);
    const next = bench.newEngine().continue(manifest);
    await next.capturing;
    next.end({ kind: 'finish', reason: 'Stopped' });
    expect((await next.result).gaps).toMatchObject([{ from: last, reason: 'the agent was restarted' }]);
  });

  it('tells what the ring of a later segment has overwritten, since older packets of an earlier one are still there', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order({ seconds: 600 }));
    bench.run.receive(3);
    const killed = bench.run;
    killed.kill();
    await bench.eventually(() => bench.run !== killed && bench.run.alive);
    const started = bench.clock.now();
    for (let at = 0; at < 5; at += 1) {
      await bench.clock.advance(1_000);
      bench.run.receive(500, 1_000);
    }
    const { wrapped, gaps, files, oldestPacketTime } = await capture.stop();
    expect(wrapped).toBe(true);
    expect(files.length).toBeGreaterThan(2);
    expect(oldestPacketTime).toBeLessThanOrEqual(started);
    expect(gaps).toMatchObject([{ reason: 'tcpdump was killed' }, { from: started, reason: 'the ring was full and has overwritten its packets of that time' }]);
    expect(gaps[1]?.to).toBeGreaterThan(started + 1_000);
  });

  it('tells as overwritten what a later segment took the place of', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order({ seconds: 600, fileCount: 5 }));
    const first = bench.clock.now();
    for (let at = 0; at < 4; at += 1) {
      bench.run.receive(1_000, 1_000);
      await bench.clock.advance(1_000);
    }
    expect((await capture.yield()).wrapped).toBe(false);
    const killed = bench.run;
    killed.kill();
    await bench.eventually(() => bench.run !== killed && bench.run.alive);
    bench.run.receive(1);
    const { wrapped, oldestPacketTime, message } = await capture.stop();
    expect(oldestPacketTime).toBeGreaterThan(first);
    expect(wrapped).toBe(true);
    expect(message).toContain('overwritten its oldest packets');
  });

  it('has in its record why its last segment ended', async () => {
    using bench = new EngineBench();
    const interruption = (capture: Capture) => capture.manifest?.segments.at(-1)?.end?.interruption;
    for (const end of ['time limit', 'packet limit', 'stop'] as const) {
      const capture = bench.engine.begin(bench.order({ seconds: 60, maxPackets: 5 }));
      await capture.capturing;
      if (end === 'packet limit') bench.run.receive(5);
      await bench.until(end === 'stop' ? capture.stop() : capture.result);
      expect([end, interruption(capture)]).toEqual([end, 'the capture ended']);
    }
    const capture = bench.engine.begin(bench.order({ seconds: 60 }));
    await capture.capturing;
    await bench.engine.suspend();
    expect(interruption(capture)).toBe('the agent was restarted');
  });

  it('tells the gap that follows a segment with which it was to end, had its agent not died', async () => {
    using bench = new EngineBench();
    const capture = bench.engine.begin(bench.order({ seconds: 600 }));
    await capture.capturing;
    await capture.stop();
    if (!capture.manifest) throw new Error('it has begun');
    await bench.clock.advance(5_000);
    const next = bench.newEngine().continue({ ...capture.manifest, state: { kind: 'open' } });
    await next.capturing;
    expect((await next.stop()).gaps).toMatchObject([{ reason: 'the agent was restarted' }]);
  });

  it('is partial when the target went away while no agent was there', async () => {
    using bench = new EngineBench();
    await bench.engine.start(bench.order({ seconds: 7_200 }));
    bench.run.receive(3);
    const manifest = await leftOpen(bench);
    await bench.clock.advance(3_600_000);
    bench.resolver.refuse(POD, missing());
    const result = await bench.until(bench.newEngine().continue(manifest).result);
    expect(result).toMatchObject({ progress: 'finished', reason: 'Partial', gaps: [{ reason: 'the agent was restarted' }] });
    expect(result.gaps[0]?.to).toBeGreaterThanOrEqual((result.startTime ?? 0) + 3_600_000);
  });

  it('counts from a segment whose process the agent had no time to note', async () => {
    using bench = new EngineBench();
    const capture = bench.engine.begin(bench.order({ seconds: 60 }));
    await capture.capturing;
    bench.run.receive(3);
    const manifest = await leftOpen(bench);
    const [noted] = manifest.segments;
    if (!noted) throw new Error('no segment');
    const { file, fileCount, maxFileSize, started, device } = noted;
    await bench.clock.advance(20_000);
    const next = bench.newEngine().continue({ ...manifest, segments: [{ file, fileCount, maxFileSize, started, device }] });
    await next.capturing;
    expect(bench.run.spec.secondsLeft).toBeLessThanOrEqual(40);
    next.end({ kind: 'finish', reason: 'Stopped' });
    const result = await next.result;
    expect(result).toMatchObject({ reason: 'Partial', packets: { captured: 3 } });
    expect(result.gaps).toHaveLength(1);
  });

  it('has no gap that ends before it begins, though the wall clock was set back', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order({ seconds: 600 }));
    bench.clock.jump(-3_600_000);
    bench.clock.jump(3_600_000);
    bench.run.kill();
    bench.clock.jump(-3_600_000);
    await bench.eventually(() => bench.runner.runs.length === 2 && bench.run.alive);
    const { gaps } = await capture.stop();
    expect(gaps).toHaveLength(1);
    for (const { from, to } of gaps) expect(to).toBeGreaterThanOrEqual(from);
  });
});

describe('a tcpdump that gives up', () => {
  it('leaves to the kernel what it has not read: its capture says so', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    bench.run.receive(3);
    bench.run.fail('tcpdump: web.pcap1: Read-only file system');
    const { reason, message } = await capture.result;
    expect(reason).toBe('TcpdumpFailed');
    expect(message).toContain('its last packets may be missing');
  });
});

describe('a failure', () => {
  it('tells what is missing before it, as after a tcpdump that was killed again and again', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order({ seconds: 600 }));
    for (let killed = 1; killed <= 3; killed += 1) {
      await bench.eventually(() => bench.runner.runs.length === killed && bench.run.alive);
      bench.run.receive(1);
      await bench.clock.advance(300);
      bench.run.kill();
    }
    const result = await capture.result;
    expect(result).toMatchObject({ progress: 'failure', reason: 'TcpdumpFailed', packets: { captured: 3 } });
    expect(result.gaps).toHaveLength(3);
    expect(result.gaps[2]).toMatchObject({ to: result.completionTime, reason: 'tcpdump was killed' });
  });
});

describe('a suspension', () => {
  it('does not hide that packets were not written', async () => {
    using bench = new EngineBench();
    const capture = bench.engine.begin(bench.order());
    await capture.capturing;
    bench.run.receive(4);
    bench.run.fillDisk();
    bench.run.receive(6);
    await bench.engine.suspend();
    expect(await capture.result).toMatchObject({ progress: 'failure', reason: 'PacketsNotWritten' });
    expect((await bench.directory.loadManifests()).manifests).toMatchObject([{ state: { kind: 'closed', result: { reason: 'PacketsNotWritten' } } }]);
  });
});

describe('a target that was seen is gone', () => {
  const refusals = {
    'its host side': new HostSideNotFoundError('eth0', `Pod ${POD}`),
    'every resolver': new InterfaceNotResolvedError(`Pod ${POD}`, [{ resolver: 'a', error: missing() }, { resolver: 'b', error: new HostSideNotFoundError('eth0', `Pod ${POD}`) }]),
  };
  for (const [name, refusal] of Object.entries(refusals)) {
    it(`also by the word of ${name}`, async () => {
      using bench = new EngineBench();
      const capture = await bench.engine.start(bench.order());
      bench.resolver.refuse(POD, refusal);
      bench.run.removeInterface();
      expect(await bench.until(capture.result)).toMatchObject({ progress: 'finished', reason: 'TargetGone' });
    });
  }
});
