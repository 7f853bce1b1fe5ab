import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BareTcpdump } from '../../../bench/world/bare-tcpdump.ts';
import { findNumbers, FoundNumbers, NumberedSender } from '../../../bench/world/numbered-packets.ts';
import { sendFlood } from '../../../bench/world/packet-flood.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { requires } from '../../harness/requirements.ts';
import { TestPod } from '../../harness/test-pod.ts';

requires('root', 'tcpdump', 'ip', 'nsenter', 'cgroup', 'perl').describe('numbered packets', () => {
  let pod: TestPod;
  let folder: string;

  beforeEach(async () => {
    pod = await TestPod.create();
    folder = mkdtempSync(join(tmpdir(), 'pcapper-numbered-'));
  });

  afterEach(async () => {
    await pod[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Resolves with the path when all of these have come. */
  async function capture(file: string, stream: number, count: number, send: () => Promise<unknown>): Promise<string> {
    const path = join(folder, file);
    await using _tcpdump = await BareTcpdump.start(pod.pid, path, ['-U']);
    await send();
    await eventually(() => findNumbers([path], stream, new FoundNumbers(count)).missing() === 0);
    return path;
  }

  async function sendBySocket(stream: number, count: number): Promise<void> {
    using sender = await NumberedSender.open(pod.address, stream);
    while (sender.sent < count) await sender.send();
  }

  it('are found in all files together, those of other streams are not', async () => {
    const first = await capture('first', 2, 100, () => Promise.all([sendBySocket(2, 100), sendBySocket(3, 300)]));
    const second = await capture('second', 4, 500, () => sendFlood({ address: pod.address, stream: 4, rate: 10_000, count: 500, bytes: 100 }));
    expect(findNumbers([first, second], 2, new FoundNumbers(100)).missing()).toBe(0);
    expect(findNumbers([first, second], 4, new FoundNumbers(500)).missing()).toBe(0);
    expect(findNumbers([second], 2, new FoundNumbers(100)).missing()).toBe(100);
  });

  it('are missed when they were sent while nobody captured', async () => {
    const path = await capture('some', 2, 100, () => sendBySocket(2, 100));
    await sendBySocket(2, 150);
    const numbers = findNumbers([path], 2, new FoundNumbers(150));
    expect([numbers.missing(), numbers.missing(100)]).toEqual([50, 0]);
  });

  it('are not counted in a file whose last record is cut', async () => {
    const path = await capture('cut', 2, 10, () => sendBySocket(2, 10));
    truncateSync(path, statSync(path).size - 1);
    expect(() => findNumbers([path], 2, new FoundNumbers(10))).toThrow(/cut record/);
  });
});
