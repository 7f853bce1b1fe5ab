import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS, silentLogger } from 'pcapper';
import { createAgentMetrics, openHostmount, readAgentSettings, registerPcapper, TOKENS } from 'pcapper/di';
import { FakeCaptureSource, FakeDiskGuard, FakeInterfaceResolver, FakePodDirectory, FakeTcpdumpRunner } from 'pcapper/testing';
import type { DependencyContainer } from 'tsyringe';

/**
 * Runs the agent of a container until the first capture has ended: its Kubernetes, network, disk and tcpdump are fakes.
 * @param replace registers what is one's own, after everything else
 */
export async function runAgent(container: DependencyContainer, replace: (container: DependencyContainer) => void): Promise<unknown> {
  const path = mkdtempSync(join(tmpdir(), 'pcapper-tsyringe-'));
  const settings = readAgentSettings({ NODE_NAME: 'n1', HOSTMOUNT: path });
  const hostmount = await openHostmount({ path, node: settings.nodeName });
  const connection = { server: new URL('http://127.0.0.1:1'), requestOptions: () => Promise.resolve({}) };
  const metrics = await createAgentMetrics();
  const parts = registerPcapper(container, { settings, hostmount, connection, logger: silentLogger, metrics });
  const [source, resolver, pods, runner] = [new FakeCaptureSource(), new FakeInterfaceResolver(), new FakePodDirectory(), new FakeTcpdumpRunner(parts.resolve(TOKENS.Clock))];
  parts.register(TOKENS.CaptureSources, { useValue: [source] });
  parts.register(TOKENS.ProgressSinks, { useValue: [source, metrics] });
  parts.register(TOKENS.InterfaceResolver, { useValue: resolver });
  parts.register(TOKENS.PodDirectory, { useValue: pods });
  parts.register(TOKENS.TcpdumpRunner, { useValue: runner });
  parts.register(TOKENS.DiskGuard, { useValue: new FakeDiskGuard() });
  replace(parts);

  resolver.serve('shop/web-1');
  for (const name of ['web-1', 'web-2']) {
    pods.set({ namespace: 'shop', name, uid: name });
    source.set({ uid: name, name, target: { kind: 'pod', namespace: 'shop', name }, limits: { ...DEFAULT_LIMITS, seconds: 60, maxPackets: 2 } });
  }
  const agent = parts.resolve(TOKENS.CaptureAgent);
  try {
    await agent.start();
    const ended = source.reported(({ uid, progress }) => uid === 'web-1' && progress === 'finished');
    await source.reported(({ progress }) => progress === 'running');
    runner.runs[0]?.receive(5);
    const { reason } = (await ended) as { reason: string };
    const counted = /pcapper_packets_captured_total (\d+)/.exec(await metrics.text())?.[1];
    return { reason, counted, reported: [...new Set(source.reports.map(({ name }) => name))].sort() };
  } finally {
    await agent[Symbol.asyncDispose]();
    await hostmount[Symbol.asyncDispose]();
    rmSync(path, { recursive: true, force: true });
  }
}
