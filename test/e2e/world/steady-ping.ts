import { execa } from 'execa';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Capture } from '../../adapters/kubernetes/capture-api.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { ECHO_REQUEST } from '../../harness/packet-count.ts';
import type { E2eWorld, TrafficPod } from './e2e-world.ts';

/** Seconds: what two clocks of one node may differ by, and how long a packet is on its way. */
const TOLERANCE = 0.1;

/** Numbered pings out of a Pod, ten a second until they are stopped, whatever becomes of the cluster meanwhile. */
export class SteadyPing {
  readonly #world: E2eWorld;
  readonly #from: TrafficPod;

  static async start(world: E2eWorld, from: TrafficPod, to: TrafficPod): Promise<SteadyPing> {
    const pings = new SteadyPing(world, from);
    await pings.#inPod(`ping -n -D -i 0.1 ${to.address} > /tmp/pings 2>&1 & echo $! > /tmp/ping.pid`);
    await pings.answers(1);
    return pings;
  }

  private constructor(world: E2eWorld, from: TrafficPod) {
    this.#world = world;
    this.#from = from;
  }

  /** Resolves once that many more were answered. */
  async answers(more: number): Promise<void> {
    const before = (await this.#answered()).size;
    await eventually(async () => (await this.#answered()).size >= before + more, 60_000);
  }

  /** Ends them. @returns when each was answered, in seconds since 1970, by its number */
  async stop(): Promise<ReadonlyMap<number, number>> {
    await this.#inPod('kill -INT $(cat /tmp/ping.pid)');
    return this.#answered();
  }

  async #answered(): Promise<ReadonlyMap<number, number>> {
    const text = await this.#inPod('cat /tmp/pings');
    return new Map([...text.matchAll(/^\[(\d+\.\d+)\] .* icmp_seq=(\d+) /gm)].map(([, at, number]) => [Number(number), Number(at)]));
  }

  #inPod(script: string): Promise<string> {
    return this.#world.kubectl.run('-n', this.#from.namespace, 'exec', this.#from.name, '--', 'sh', '-c', script);
  }
}

/** Holds a capture's files against what was sent: nothing twice, and what is missing lies within the gaps of its status. */
export async function expectAllButTheGaps(world: E2eWorld, capture: Capture, pings: ReadonlyMap<number, number>): Promise<void> {
  const { folder, files } = await world.copy(capture);
  const captured: number[] = [];
  for (const file of files) {
    const { stdout } = await execa('tcpdump', ['-n', '-r', join(folder, file), '--', ECHO_REQUEST]);
    captured.push(...[...stdout.matchAll(/ICMP echo request, id \d+, seq (\d+),/g)].map(([, number]) => Number(number)));
  }
  expect(new Set(captured).size, 'packets that are in the files twice').toBe(captured.length);
  const { startTime = '', completionTime = '', gaps = [] } = capture.status ?? {};
  const seconds = (time: string) => Date.parse(time) / 1000;
  const excused = (at: number) => gaps.some(({ from, to }) => at > seconds(from) - TOLERANCE && at < seconds(to) + TOLERANCE);
  // Both are whole seconds: what was sent in the first and in the last is not judged.
  const meanwhile = [...pings].filter(([, at]) => at > seconds(startTime) + 1 && at < seconds(completionTime) - 1.1 - 1);
  const held = new Set(captured);
  const missing = meanwhile.filter(([number, at]) => !held.has(number) && !excused(at));
  expect(meanwhile.length, 'packets that were sent meanwhile').toBeGreaterThan(10);
  expect(missing.map(([number, at]) => `${number} at ${new Date(at * 1000).toISOString()}`), `missing; gaps: ${JSON.stringify(gaps)}`).toEqual([]);
}
