import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RequestInvalidError } from '../../../src/core/errors/index.ts';
import { EngineBench } from './engine-bench.ts';

const IDENTITY = 'n1.job-0a1b2c3d';

describe('an engine with an identity of its own', () => {
  it('names after it what it writes, and another engine of the node sees nothing of that', async () => {
    using bench = new EngineBench();
    const engine = bench.newEngine({ identity: IDENTITY });
    expect(engine.identity).toBe(IDENTITY);
    const capture = await engine.start(bench.order());
    bench.run.receive(1);
    await capture.stop();
    expect(readdirSync(bench.path).filter((name) => !name.startsWith(`${IDENTITY}.web.`))).toEqual([]);
    const { manifests } = await engine.parts.directory.loadManifests();
    expect(manifests).toEqual([expect.objectContaining({ node: IDENTITY, state: expect.objectContaining({ kind: 'closed' }) as object })]);
    expect(await bench.directory.loadManifests()).toEqual({ manifests: [], setAside: [] });
  });

  it('goes on with what it was suspended in', async () => {
    using bench = new EngineBench();
    const engine = bench.newEngine({ identity: IDENTITY });
    await engine.start(bench.order());
    bench.run.receive(2);
    await engine.suspend();
    const next = bench.newEngine({ identity: IDENTITY });
    const [manifest] = (await next.parts.directory.loadManifests()).manifests;
    if (manifest === undefined) throw new Error('no manifest');
    const capture = next.continue(manifest);
    await capture.capturing;
    bench.run.receive(3);
    capture.end({ kind: 'finish', reason: 'Stopped' });
    expect(await capture.result).toMatchObject({ reason: 'Partial', packets: { captured: 5 }, gaps: [{ reason: 'the agent was restarted' }] });
  });

  it('is on its node all the same: an interface of that it captures, and none of another', async () => {
    using bench = new EngineBench();
    bench.resolver.serve('n1/eth7');
    const engine = bench.newEngine({ identity: IDENTITY });
    const of = (node: string) => ({ ...bench.order(), target: { kind: 'node', node, interface: 'eth7' } as const });
    expect(() => engine.begin(of(IDENTITY))).toThrow(RequestInvalidError);
    const capture = await engine.start(of('n1'));
    expect(await capture.stop()).toMatchObject({ progress: 'finished' });
  });
});
