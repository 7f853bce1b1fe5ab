import { describe, expect, it, vi } from 'vitest';
import { type CaptureResult, DiskBudgetExceededError, HostmountError, HostmountLockedError, PodOnNodeClaim, TcpdumpFailedError } from '../../src/index.ts';
import { assertComplete, assertFailed, assertFinished, FakeNode, type FakeNodeOptions } from '../../src/testing/index.ts';
import { inNodeTest } from './in-node-test.ts';

/** A capture of a Pod on a node, until it ends as `script` has it. */
async function captured(script: (node: FakeNode, web: ReturnType<FakeNode['addPod']>) => unknown, { options = {}, limits = {} }: { readonly options?: FakeNodeOptions; readonly limits?: object } = {}): Promise<{ readonly node: FakeNode; readonly result: CaptureResult }> {
  const node = new FakeNode(options);
  const web = node.addPod('shop/web-1');
  const capture = await node.createEngine().start({ name: 'web', target: web, limits: { seconds: 60, maxFileSize: 1_000_000, fileCount: 2, ...limits } });
  await script(node, web);
  return { node, result: await node.clock.until(capture.result) };
}

describe('a FakeNode', () => {
  it('can be used with node:test', async () => {
    expect(await inNodeTest('node-in-node-test.ts')).toMatch(/# pass 10\n# fail 0/);
  });

  it('has results tell what lies on its disk', async () => {
    const { node, result } = await captured((node, web) => node.tcpdumpOf(web).receive(10, 500));
    assertFinished(result, 'TimeLimit');
    assertComplete(result);
    expect(result.packets).toEqual({ captured: 10, received: 10, dropped: 0 });
    expect(result.files).toEqual([{ name: expect.stringMatching(/^n1\.web\.\d+\.pcap0$/) as string, bytes: 24 + 10 * 516 }]);
    expect(node.disk.paths).toEqual(result.files.map(({ name }) => `/hostmount/${name}`));
    expect(result.completionTime - (result.startTime ?? 0)).toBe(60_000);
    expect(result.oldestPacketTime).toBe(result.startTime);
    expect(node.guard.reserved.size).toBe(0);
  });

  it('has a ring that overwrites its oldest packets', async () => {
    const { result } = await captured(async (node, web) => {
      for (let second = 0; second < 5; second += 1) {
        node.tcpdumpOf(web).receive(700, 1000);
        await node.clock.advance(1000);
      }
    });
    expect(result).toMatchObject({ reason: 'TimeLimit', packets: { captured: 3500 }, wrapped: true });
    expect(result.oldestPacketTime).toBeGreaterThan(result.startTime ?? 0);
    expect(() => assertComplete(result)).toThrow('overwritten');
  });

  it('drops packets', async () => {
    const { result } = await captured((node, web) => node.tcpdumpOf(web).drop(3));
    expect(result.packets).toEqual({ captured: 0, received: 3, dropped: 3 });
    expect(() => assertComplete(result)).toThrow('drops');
  });

  it('goes on in a next segment when tcpdump dies, with a gap from its last packet', async () => {
    const { result } = await captured(async (node, web) => {
      node.tcpdumpOf(web).receive(4);
      await node.clock.advance(10_000);
      node.tcpdumpOf(web).kill();
      await node.clock.advance(0);
      node.tcpdumpOf(web).receive(5);
    });
    assertFinished(result, 'Partial');
    expect(result).toMatchObject({ endedBy: 'TimeLimit', packets: { captured: 9 }, gaps: [{ from: result.startTime, to: (result.startTime ?? 0) + 10_000 }] });
    expect(result.files).toHaveLength(2);
  });

  it('ends a capture with what it has when others fill the disk', async () => {
    const { result } = await captured((node, web) => {
      node.tcpdumpOf(web).receive(2);
      node.disk.fill();
    });
    assertFailed(result, 'DiskFilled');
    expect(result.packets.captured).toBe(2);
    expect(result.files).toHaveLength(1);
  });

  it('fails a capture whose tcpdump dies again and again', async () => {
    const { result } = await captured(async (node, web) => {
      for (let death = 0; death < 3; death += 1) {
        node.tcpdumpOf(web).kill();
        await node.clock.advance(0);
      }
    });
    assertFailed(result, 'TcpdumpFailed');
  });

  it('has a tcpdump that does not answer killed, and says what that costs', async () => {
    const { result } = await captured((node, web) => node.tcpdumpOf(web).hang());
    assertFinished(result, 'Partial');
    expect(result.message).toContain('had to be killed');
  });

  it('refuses a filter', async () => {
    const node = new FakeNode();
    node.runner.refuseFilter('tcp port');
    await expect(node.createEngine().start({ name: 'a', target: node.addInterface('eth0'), filter: 'tcp port' })).rejects.toMatchObject({ code: 'FilterInvalid' });
  });

  it('has starts that hang until they are aborted', async () => {
    const node = new FakeNode();
    node.runner.hangNextStart();
    const abort = new AbortController();
    const starting = node.createEngine().start({ name: 'a', target: node.addInterface('eth0') }, { signal: abort.signal });
    await node.clock.advance(3_600_000);
    expect(node.runner.runs).toEqual([]);
    abort.abort();
    await expect(starting).rejects.toMatchObject({ code: 'EndedBeforeStart' });
  });

  it('fails captures while its folder does', async () => {
    const node = new FakeNode();
    const target = node.addInterface('eth0');
    node.directory.failure = new HostmountError('/hostmount', 'it is broken');
    await expect(node.createEngine().start({ name: 'a', target })).rejects.toMatchObject({ code: 'Hostmount' });
  });

  it('fails a capture whose packets did not reach the disk', async () => {
    const { result } = await captured((node, web) => {
      const tcpdump = node.tcpdumpOf(web);
      tcpdump.receive(2);
      tcpdump.fillDisk();
      tcpdump.receive(3);
    });
    assertFailed(result, 'PacketsNotWritten');
  });

  it('writes what fits on the disk, and no more', async () => {
    const { node, result } = await captured((node, web) => node.tcpdumpOf(web).receive(100, 1000), { options: { disk: 50_000, maxTotal: 1e9, minFree: -1e9 } });
    assertFailed(result);
    expect(node.disk.used).toBeLessThanOrEqual(50_000);
    expect(node.disk.used).toBeGreaterThan(48_000);
  });

  it('refuses what does not fit into its budget', async () => {
    await expect(captured(() => undefined, { options: { maxTotal: 1_000_000 } })).rejects.toThrow(DiskBudgetExceededError);
  });

  it('counts what captures have written as used', async () => {
    const node = new FakeNode({ maxTotal: 6_000_000 });
    const engine = node.createEngine();
    const target = node.addInterface('eth0');
    const limits = { maxFileSize: 1_000_000, fileCount: 2 };
    const capture = await engine.start({ name: 'a', target, limits });
    const before = await node.guard.usage();
    node.tcpdumpOf(target).receive(1500, 1000);
    const during = await node.guard.usage();
    expect(during.used).toBe(node.disk.used);
    expect(during.used + during.reserved).toBe(before.used + before.reserved);
    await capture.stop();
    expect(await node.guard.usage()).toMatchObject({ used: 24 * 2 + 1500 * 1016, reserved: 0 });
  });

  it('lets a capture go on whose Pod gets another sandbox', async () => {
    const { node, result } = await captured(async (node, web) => {
      node.tcpdumpOf(web).receive(1);
      node.restart(web);
      await node.clock.advance(0);
      node.tcpdumpOf(web).receive(2);
    });
    assertFinished(result, 'Partial');
    expect(result).toMatchObject({ packets: { captured: 3 }, gaps: [{ reason: expect.stringContaining('replaced') as string }] });
    expect(node.runner.runs).toHaveLength(2);
  });

  it('ends a capture as finished when its Pod vanishes, which nobody can claim any more', async () => {
    const { node, result } = await captured((node, web) => {
      node.tcpdumpOf(web).receive(1);
      node.remove(web);
    });
    assertFinished(result, 'TargetGone');
    expect(result.packets.captured).toBe(1);
    expect(node.resolver.open).toBe(0);
    expect(node.pods.find('shop', 'web-1')).toBeUndefined();
    const claim = { uid: 'u', name: 'u', target: { kind: 'pod', namespace: 'shop', name: 'web-1' } } as const;
    expect(await new PodOnNodeClaim(node.pods).claim(claim)).toBeUndefined();
    expect(await new PodOnNodeClaim(node.pods).claim({ ...claim, target: node.addPod('shop/web-1') })).toMatchObject({ kind: 'pod', name: 'web-1' });
  });

  it('fails a start as it is told, and says what is captured instead of what is asked for', async () => {
    const node = new FakeNode();
    const target = node.addInterface('eth0');
    node.runner.failNextStart(new TcpdumpFailedError('gave up', ''));
    const engine = node.createEngine();
    await expect(engine.start({ name: 'a', target })).rejects.toThrow(TcpdumpFailedError);
    expect(() => node.tcpdumpOf(target)).toThrow('captured at present: nothing. Await start(), or clock.advance(0), which gets a capture there that was not awaited.');
    await engine.start({ name: 'a', target });
    expect(() => node.tcpdumpOf(node.addPod('shop/web-1'))).toThrow('No tcpdump captures shop/web-1; captured at present: n1/eth0.');
  });

  it('loses its folder to another engine', async () => {
    const node = new FakeNode();
    const engine = node.createEngine();
    const capture = await engine.start({ name: 'a', target: node.addInterface('eth0') });
    expect(engine.lost.aborted).toBe(false);
    node.loseFolder();
    expect(engine.lost.reason).toMatchObject({ code: 'HostmountLocked' });
    assertFailed(await capture.stop(), 'HostmountLocked');
  });

  it('is there for the next engine', async () => {
    const node = new FakeNode();
    const target = node.addInterface('eth0');
    const first = node.createEngine();
    await first.start({ name: 'a', target, limits: { seconds: 60 } });
    node.tcpdumpOf(target).receive(3);
    await node.clock.advance(20_000);
    await first.suspend();
    const second = node.createEngine();
    const { ongoing: [capture], ended } = await second.recover();
    expect(ended).toEqual([]);
    await capture?.capturing;
    node.tcpdumpOf(target).receive(4);
    const before = node.clock.now();
    const result = capture && await node.clock.until(capture.result);
    expect(result).toMatchObject({ progress: 'finished', packets: { captured: 7 } });
    expect(node.clock.now() - before).toBe(40_000);
    await second.suspend();
    expect((await node.createEngine().recover()).ended).toMatchObject([{ request: { name: 'a' }, state: { result: { packets: { captured: 7 } } } }]);
  });

  it('has its process die, and what was captured is there for the next engine', async () => {
    const node = new FakeNode();
    const web = node.addPod('shop/web-1');
    const limits = { seconds: 60, maxFileSize: 1_000_000, fileCount: 2 };
    const first = node.createEngine({ maxConcurrent: 2 });
    const open = await first.start({ name: 'open', uid: 'open', target: web, limits });
    const told = vi.fn();
    void open.result.then(told, told);
    node.runner.hangNextStart();
    first.start({ name: 'hangs', uid: 'hangs', target: node.addInterface('eth0'), limits }).then(told, told);
    first.start({ name: 'waits', uid: 'waits', target: web, limits }).then(told, told);
    node.tcpdumpOf(web).receive(3);
    await node.clock.advance(20_000);
    const before = JSON.stringify((await node.directory.loadManifests()).manifests);

    node.crash();
    expect(node.runner.runs.map(({ alive }) => alive)).toEqual([false]);
    expect([...node.guard.reserved.keys()]).toEqual(['open', 'hangs']);
    await node.clock.advance(10_000);
    first.start({ name: 'late', target: web, limits }).then(told, told);
    await node.clock.advance(3_600_000);
    expect(JSON.stringify((await node.directory.loadManifests()).manifests)).toBe(before);
    expect(node.clock.sleeping).toBe(0);
    await first.suspend();
    await first[Symbol.asyncDispose]();
    await node.clock.advance(0);
    expect(told).not.toHaveBeenCalled();
    const { ongoing, ended } = await node.createEngine().recover();
    expect([ongoing.map(({ request }) => request.name), ended]).toEqual([['open', 'hangs'], []]);
  });

  it('goes on after a crash with what is left of the time, and its result has a gap', async () => {
    const node = new FakeNode();
    const web = node.addPod('shop/web-1');
    const limits = { seconds: 60, maxFileSize: 1_000_000, fileCount: 2 };
    await node.createEngine().start({ name: 'open', uid: 'open', target: web, limits });
    const bytes = node.guard.reserved.get('open')?.bytes;
    await node.clock.advance(10_000);
    node.tcpdumpOf(web).receive(3);
    await node.clock.advance(10_000);
    node.crash();
    await node.clock.advance(5_000);

    await using next = node.createEngine();
    const { ongoing: [capture] } = await next.recover();
    await capture?.capturing;
    expect(node.guard.reserved.get('open')?.bytes).toBe(bytes);
    node.tcpdumpOf(web).receive(4);
    const before = node.clock.now();
    const result = capture && await node.clock.until(capture.result);
    expect(node.clock.now() - before).toBe(35_000);
    expect(result).toMatchObject({ reason: 'Partial', packets: { captured: 7 }, gaps: [{ reason: 'the agent was restarted' }] });
    expect((result?.gaps[0]?.to ?? 0) - (result?.gaps[0]?.from ?? 0)).toBe(15_000);
    expect(node.guard.reserved.size).toBe(0);
  });

  it('gives back at the next start what was reserved for captures that are not gone on with', async () => {
    const node = new FakeNode();
    node.runner.hangNextStart();
    node.createEngine().start({ name: 'a', target: node.addInterface('eth0') }).catch(() => undefined);
    await node.clock.advance(0);
    node.crash();
    expect(node.guard.reserved.size).toBe(1);
    const { manifests: [manifest] } = await node.directory.loadManifests();
    if (manifest) await node.directory.removeCapture(manifest);
    await node.createEngine().recover();
    expect(node.guard.reserved.size).toBe(0);
  });

  it('lets one engine of an identity in at a time, as a real folder does', async () => {
    const node = new FakeNode();
    const first = node.createEngine();
    expect(() => node.createEngine()).toThrow(HostmountLockedError);
    await node.createEngine({ identity: 'beside' })[Symbol.asyncDispose]();
    await first.suspend();
    const second = node.createEngine();
    await first[Symbol.asyncDispose]();
    expect(() => node.createEngine()).toThrow(HostmountLockedError);
    await second[Symbol.asyncDispose]();
    node.createEngine();
    node.crash();
    node.createEngine();
  });
});
