import 'reflect-metadata';
import { container } from 'tsyringe';
import { describe, expect, it } from 'vitest';
import { openHostmount, readAgentSettings, registerPcapper, TOKENS } from 'pcapper/di';
import { silentLogger } from 'pcapper';
import { FakeInterfaceResolver } from 'pcapper/testing';
import { TestHostmount } from '../harness/agent-process.ts';

async function compose(folder: TestHostmount, environment: Readonly<Record<string, string>> = {}) {
  const settings = readAgentSettings({ NODE_NAME: 'n1', HOSTMOUNT: folder.path, ...environment });
  const hostmount = await openHostmount({ path: folder.path, node: 'n1' });
  const connection = { server: new URL('http://127.0.0.1:1'), requestOptions: () => Promise.resolve({}) };
  return { hostmount, parts: registerPcapper(container.createChildContainer(), { settings, hostmount, connection, logger: silentLogger }) };
}

describe('registerPcapper', () => {
  it('makes every part once, and leaves the global container alone', async () => {
    using folder = new TestHostmount();
    const { hostmount, parts } = await compose(folder);
    await using _hostmount = hostmount;
    for (const token of Object.values(TOKENS)) {
      expect(parts.resolve(token as typeof TOKENS.Clock)).toBe(parts.resolve(token as typeof TOKENS.Clock));
      expect(container.isRegistered(token)).toBe(false);
    }
    expect(parts.resolve(TOKENS.CaptureEngine).settings).toMatchObject({ node: 'n1', maxConcurrent: 32 });
  });

  it('has the sources that are asked for, and without PacketCaptures nobody who writes their status', async () => {
    for (const [SOURCE, sources, sinks] of [
      ['packetcapture', ['PacketCapture'], ['PacketCaptureStatusSink', 'EventSink', 'LogSink']],
      ['annotation', ['PodAnnotation'], ['EventSink', 'LogSink']],
      ['annotation,packetcapture', ['PodAnnotation', 'PacketCapture'], ['PacketCaptureStatusSink', 'EventSink', 'LogSink']],
    ] as const) {
      using folder = new TestHostmount();
      const { hostmount, parts } = await compose(folder, { SOURCE });
      await using _hostmount = hostmount;
      expect(parts.resolve(TOKENS.CaptureSources).map(({ name }) => name)).toEqual(sources);
      expect(parts.resolve(TOKENS.ProgressSinks).map((sink) => sink.constructor.name.replace(/^_/, ''))).toEqual(sinks);
      expect(parts.resolve(TOKENS.AgentSettings).removeAtExit).toBeUndefined();
      expect(parts.resolve(TOKENS.PodDirectory)).toBe(parts.resolve(TOKENS.NodePods));
    }
  });

  it('has captures by annotation removed with the agent where that is asked for', async () => {
    using folder = new TestHostmount();
    const { hostmount, parts } = await compose(folder, { SOURCE: 'packetcapture,annotation', FILES_AT_EXIT: 'remove' });
    await using _hostmount = hostmount;
    expect(parts.resolve(TOKENS.AgentSettings).removeAtExit).toEqual(['PodAnnotation']);
  });

  it('replaces a part by one registration', async () => {
    using folder = new TestHostmount();
    const { hostmount, parts } = await compose(folder);
    await using _hostmount = hostmount;
    const mine = new FakeInterfaceResolver();
    parts.register(TOKENS.InterfaceResolver, { useValue: mine });
    expect(parts.resolve(TOKENS.CaptureEngine).parts.resolver).toBe(mine);
  });
});
