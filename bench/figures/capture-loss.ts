import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CaptureEngine } from '../../src/core/engine/capture-engine.ts';
import { TestHostmount } from '../../test/harness/agent-process.ts';
import { TestPod } from '../../test/harness/test-pod.ts';
import type { Subject } from '../figure.ts';
import { BareTcpdump } from '../world/bare-tcpdump.ts';
import { createBenchEngine, orderFor } from '../world/engine-order.ts';
import { findNumbers, FoundNumbers } from '../world/numbered-packets.ts';
import { sendFlood } from '../world/packet-flood.ts';
import { median } from '../world/statistics.ts';

const ROUNDS = 4;
const RATE = 100_000;
const SECONDS = 5;
const COUNT = RATE * SECONDS;
const PAYLOAD_BYTES = 100;
/** libpcap hands packets over in blocks, after at most 1 s (TPACKET_V3): bare tcpdump is not to be blamed for its tail here. */
const LAST_BLOCK_MS = 1_500;

interface Round {
  readonly lost: number;
  /** Packets per second. */
  readonly rate: number;
}

/**
 * Packets that were sent into a Test Pod at 100,000 a second for 5 s, and are in no file: lost over sent, over 4 rounds
 * of 500,000 packets. UDP with 100 bytes of payload that carries a number of its own, sent from the other end of the
 * veth pair by two processes that pace themselves every half millisecond; the rate that they reached is `capture.rate` (the
 * median of the rounds): below 90,000 the loss says nothing. Captured by the real engine with its default settings and limits; by turns, in the same
 * namespace, by `tcpdump -i eth0 -w` with its own defaults (a smaller ring in the kernel), which is the baseline and
 * is ended 1.5 s after the last packet. The files are read by a reader of the bench's own. Packets that the veth device
 * itself dropped, as it counts them, never reached the Pod and are not counted as sent.
 *
 * Depends on whether tcpdump gets a core in time: its ring holds what comes within some ten milliseconds. On a machine
 * of two cores that does other work, too, both lose packets.
 */
export const subject: Subject = {
  names: ['capture.lossRatio', 'capture.rate'],
  needs: ['root', 'tcpdump', 'ip', 'nsenter', 'cgroup', 'perl'],
  async run(say) {
    using folder = new TestHostmount();
    await using engine = await createBenchEngine(folder.path);
    await using pod = await TestPod.create();
    const byEngine: Round[] = [];
    const byBare: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      byEngine.push(await captureByEngine(engine, pod, round * 2));
      byBare.push(await captureBare(pod, round * 2 + 1));
      const [ours, bare] = [byEngine.at(-1), byBare.at(-1)];
      say(`round ${round + 1}: ${ours?.lost ?? 0} lost at ${Math.round(ours?.rate ?? 0)}/s; bare tcpdump ${bare?.lost ?? 0} lost at ${Math.round(bare?.rate ?? 0)}/s`);
    }
    const rate = (rounds: readonly Round[]) => median(rounds.map((round) => round.rate));
    return [
      { name: 'capture.lossRatio', value: lossRatio(byEngine), unit: '', baseline: lossRatio(byBare), target: { of: 'both', atMost: 0 } },
      { name: 'capture.rate', value: rate(byEngine), unit: 'packets/s', baseline: rate(byBare), target: { of: 'both', atLeast: 0.9 * RATE } },
    ];
  },
};

function lossRatio(rounds: readonly Round[]): number {
  return rounds.reduce((sum, { lost }) => sum + lost, 0) / (rounds.length * COUNT);
}

async function captureByEngine(engine: CaptureEngine, pod: TestPod, stream: number): Promise<Round> {
  const order = orderFor(pod, `flood-${stream}`);
  const capture = await engine.start(order);
  const flood = await floodPod(pod, stream);
  const { files } = await capture.stop();
  const { path } = engine.parts.directory;
  return { rate: flood.rate, lost: lost(files.map(({ name }) => join(path, name)), stream, flood) };
}

async function captureBare(pod: TestPod, stream: number): Promise<Round> {
  using folder = new TestHostmount();
  const file = join(folder.path, 'bare.pcap');
  const flood = await captureWith(await BareTcpdump.start(pod.pid, file), pod, stream);
  return { rate: flood.rate, lost: lost([file], stream, flood) };
}

async function captureWith(tcpdump: BareTcpdump, pod: TestPod, stream: number) {
  await using _tcpdump = tcpdump;
  const flood = await floodPod(pod, stream);
  await sleep(LAST_BLOCK_MS);
  return flood;
}

async function floodPod(pod: TestPod, stream: number) {
  const droppedBefore = droppedBy(pod.hostDevice);
  const rate = await sendFlood({ address: pod.address, stream, rate: RATE, count: COUNT, bytes: PAYLOAD_BYTES });
  return { rate, dropped: droppedBy(pod.hostDevice) - droppedBefore };
}

/** Packets that the device could not hand to the Pod's end. */
function droppedBy(device: string): number {
  return Number(readFileSync(`/sys/class/net/${device}/statistics/tx_dropped`, 'utf8'));
}

function lost(paths: readonly string[], stream: number, { dropped }: { readonly dropped: number }): number {
  return findNumbers(paths, stream, new FoundNumbers(COUNT)).missing() - dropped;
}
