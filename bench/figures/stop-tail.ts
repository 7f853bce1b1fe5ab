import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { TestHostmount } from '../../test/harness/agent-process.ts';
import { TestPod } from '../../test/harness/test-pod.ts';
import type { Subject } from '../figure.ts';
import { BareTcpdump } from '../world/bare-tcpdump.ts';
import { createBenchEngine, orderFor } from '../world/engine-order.ts';
import { findNumbers, FoundNumbers, NumberedSender } from '../world/numbered-packets.ts';

const STOPS = 50;
/** So large that it never wraps, however fast the sender is: what a ring overwrites is no tail. */
const LIMITS = { maxFileSize: 1_000_000_000, fileCount: 2 } as const;

/**
 * Packets that were sent before a capture was told to stop and are in none of its files, summed over 50 stops. Numbered
 * UDP packets go into a Test Pod one after another, without a pause, from before the stop is asked until the capture
 * has ended; those count as sent before that the kernel had taken when `stop()` of the engine was called. The sending
 * lasts from 20 to 1,000 ms before the stop, so that stops fall anywhere within libpcap's blocks of up to 1 s. The baseline is the same
 * number of stops of a bare tcpdump by SIGTERM, as Ctrl-C does.
 *
 * Depends on nothing but the kernel's block timeout, which the engine waits for.
 */
export const subject: Subject = {
  names: ['stop.tailLoss'],
  needs: ['root', 'tcpdump', 'ip', 'nsenter', 'cgroup'],
  async run(say) {
    using folder = new TestHostmount();
    await using engine = await createBenchEngine(folder.path);
    await using pod = await TestPod.create();
    let value = 0;
    let baseline = 0;
    let sent = 0;
    for (let stop = 0; stop < STOPS; stop += 1) {
      const capture = await engine.start(orderFor(pod, `stop-${stop}`, LIMITS));
      const ours = await stopAmidPackets(pod, stop, async () => {
        const { files, wrapped } = await capture.stop();
        if (wrapped) throw new Error('the ring has wrapped');
        return files.map(({ name }) => join(folder.path, name));
      });
      const file = join(folder.path, 'bare');
      const tcpdump = await BareTcpdump.start(pod.pid, file);
      const bare = await stopAmidPackets(pod, stop, async () => {
        await tcpdump[Symbol.asyncDispose]();
        return [file];
      });
      value += ours.missing;
      baseline += bare.missing;
      sent += ours.sent;
      if (stop % 10 === 9) say(`${stop + 1} of ${STOPS} stops: ${value} of ${sent} missing; bare tcpdump ${baseline}`);
    }
    return [{ name: 'stop.tailLoss', value, unit: 'packets', baseline, target: { of: 'value', atMost: 0 } }];
  },
};

/** @param end stops the capture and resolves with the paths of its files. */
async function stopAmidPackets(pod: TestPod, stop: number, end: () => Promise<readonly string[]>) {
  using sender = await NumberedSender.open(pod.address, stop);
  const until = performance.now() + 20 * (stop + 1);
  do await sender.send();
  while (performance.now() < until);
  const { sent } = sender;
  const ending = end();
  let hasEnded = false;
  const ended = ending.finally(() => (hasEnded = true));
  // Turn by turn, so that whoever ends it gets to work.
  while (!hasEnded) {
    await sender.send();
    await setImmediate();
  }
  return { sent, missing: findNumbers(await ended, stop, new FoundNumbers(sender.sent)).missing(sent) };
}
