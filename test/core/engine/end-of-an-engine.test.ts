import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { CaptureSuspendedError, EndedBeforeStartError, HostmountError } from '../../../src/core/errors/index.ts';
import { EngineBench } from './engine-bench.ts';

describe('an engine that was suspended', () => {
  it('begins nothing more, and says that nothing is kept of what comes', async () => {
    using bench = new EngineBench();
    await bench.engine.suspend();
    await expect(bench.engine.start(bench.order())).rejects.toMatchObject({
      code: 'EndedBeforeStart',
      message: 'The capture web has not begun: its engine was suspended. Nothing is kept of it: ask the next engine for it.',
    });
    expect(bench.runner.runs).toEqual([]);
    expect((await bench.directory.loadManifests()).manifests).toEqual([]);
  });

  it('leaves its captures open when it is then disposed', async () => {
    using bench = new EngineBench();
    const capture = await bench.engine.start(bench.order());
    await bench.engine.suspend();
    await bench.engine[Symbol.asyncDispose]();
    await expect(capture.result).rejects.toBeInstanceOf(CaptureSuspendedError);
    expect((await bench.directory.loadManifests()).manifests).toMatchObject([{ state: { kind: 'open' } }]);
  });

  it('leaves what is starting to the next engine, and not what waits for its turn', async () => {
    using bench = new EngineBench({ maxConcurrent: 1 });
    bench.runner.hangNextStart();
    const starting = bench.engine.begin(bench.order());
    const waiting = bench.engine.begin(bench.order());
    await bench.eventually(() => bench.resolver.open === 1 && bench.engine.load.waiting === 1);
    await bench.eventually(() => starting.manifest !== undefined);
    await bench.engine.suspend();
    for (const told of [starting.result, starting.capturing]) await expect(told).rejects.toBeInstanceOf(CaptureSuspendedError);
    for (const told of [waiting.result, waiting.capturing]) await expect(told).rejects.toBeInstanceOf(EndedBeforeStartError);
    expect(bench.engine.load).toEqual({ running: 0, waiting: 0 });
    expect(bench.guard.reserved.size + bench.resolver.open).toBe(0);
    const { ongoing } = await bench.newEngine().recover();
    expect(ongoing.map(({ request }) => request.uid)).toEqual([starting.request.uid]);
  });
});

describe('an engine that was disposed', () => {
  it('has stopped its captures, and starts none', async () => {
    using bench = new EngineBench();
    let running;
    {
      await using engine = bench.newEngine();
      running = await engine.start(bench.order());
      bench.run.receive(2);
    }
    expect(await running.result).toMatchObject({ progress: 'finished', reason: 'Stopped', packets: { captured: 2 } });
    await bench.engine[Symbol.asyncDispose]();
    await expect(bench.engine.start(bench.order())).rejects.toMatchObject({
      code: 'EndedBeforeStart',
      message: 'The capture web has not begun: its engine was disposed. Nothing is kept of it: ask another engine for it.',
    });
    expect(bench.runner.runs).toHaveLength(1);
  });

  it('forgets the signals that its captures were started with', async () => {
    using bench = new EngineBench();
    const abort = new AbortController();
    const listening = () => getEventListeners(abort.signal, 'abort').length;
    const capture = await bench.engine.start(bench.order(), { signal: abort.signal });
    expect(listening()).toBe(1);
    await capture.stop();
    await bench.eventually(() => listening() === 0);
  });
});

describe('who listens to a capture', () => {
  it('cannot disturb it, nor others', async () => {
    using bench = new EngineBench({ maxConcurrent: 1 });
    const first = await bench.engine.start(bench.order());
    const thrown: number[] = [];
    const later = [1, 2].map(() =>
      bench.engine.start(bench.order(), {
        onWaiting: (place) => {
          thrown.push(place);
          throw new Error('of the caller');
        },
      }),
    );
    await bench.eventually(() => bench.engine.load.waiting === 2);
    expect(await first.stop()).toMatchObject({ progress: 'finished', reason: 'Stopped' });
    for (const start of later) expect(await (await start).stop()).toMatchObject({ progress: 'finished', reason: 'Stopped' });
    expect(thrown).toEqual([1, 2, 1]);
  });
});

describe('what cannot be let go of', () => {
  it('does not hide why the capture failed', async () => {
    using bench = new EngineBench();
    const broken = () => Promise.reject(new HostmountError(bench.path, 'the disk has failed'));
    const reserve = bench.guard.reserve.bind(bench.guard);
    Object.assign(bench.guard, {
      reserve: async (ask: Parameters<typeof reserve>[0]) => ({ ...(await reserve(ask)), [Symbol.asyncDispose]: () => Promise.reject(new Error('the ledger cannot be written')) }),
    });
    Object.assign(bench.directory, { createManifest: broken });
    await expect(bench.engine.start(bench.order())).rejects.toMatchObject({ code: 'Hostmount' });
    await bench.eventually(() => bench.resolver.open === 0 && bench.engine.load.running === 0);
  });
});

describe('a capture that is ended while it starts', () => {
  it('waits no longer for disk, and leaves none reserved', async () => {
    using bench = new EngineBench();
    const reserve = bench.guard.reserve.bind(bench.guard);
    const asked = Promise.withResolvers<undefined>();
    bench.guard.reserve = async (ask, signal) => {
      asked.resolve(undefined);
      await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
      return reserve(ask, signal);
    };
    const abort = new AbortController();
    const started = bench.engine.start(bench.order(), { signal: abort.signal });
    await asked.promise;
    abort.abort();
    await expect(started).rejects.toBeInstanceOf(EndedBeforeStartError);
    expect(bench.engine.load).toEqual({ running: 0, waiting: 0 });
    expect(bench.guard.reserved.size + bench.resolver.open).toBe(0);
  });

  it('gives back what an earlier engine had reserved for it', async () => {
    using bench = new EngineBench();
    await bench.engine.start(bench.order({}, { uid: 'open' }));
    await bench.engine.suspend();
    const { guard } = bench;
    const asked = Promise.withResolvers<undefined>();
    guard.reserve = (_ask, signal) =>
      new Promise((_, reject) => {
        asked.resolve(undefined);
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
      });
    const { ongoing: [capture] } = await bench.newEngine().recover();
    if (!capture) throw new Error('it goes on');
    await asked.promise;
    expect(guard.adopted).toEqual(['open']);
    capture.end({ kind: 'finish', reason: 'Stopped' });
    expect(await capture.result).toMatchObject({ progress: 'finished' });
    expect(guard.adopted).toEqual([]);
  });
});

describe('a capture that is disposed', () => {
  it('is stopped, as one that was begun or recovered', async () => {
    using bench = new EngineBench();
    let result;
    {
      await using capture = bench.engine.begin(bench.order());
      await capture.capturing;
      bench.run.receive(2);
      ({ result } = capture);
    }
    expect(bench.run.alive).toBe(false);
    expect(await result).toMatchObject({ progress: 'finished', reason: 'Stopped', packets: { captured: 2 } });
  });

  it('was suspended before: that is no error', async () => {
    using bench = new EngineBench();
    const capture = bench.engine.begin(bench.order());
    await capture.capturing;
    await bench.engine.suspend();
    await capture[Symbol.asyncDispose]();
    expect((await bench.directory.loadManifests()).manifests).toMatchObject([{ state: { kind: 'open' } }]);
  });
});
