import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { type Capture, NAMESPACE } from '../../test/adapters/kubernetes/capture-api.ts';
import { installShipped } from '../../test/e2e/install.ts';
import type { E2eWorld } from '../../test/e2e/world/e2e-world.ts';
import type { Subject } from '../figure.ts';
import { LOCAL_CLUSTER, measureOnLocalCluster, type MeasureOnCluster } from '../world/on-local-cluster.ts';
import { sendFlood } from '../world/packet-flood.ts';
import { median } from '../world/statistics.ts';

/** As users have it: built. */
const PCAPPER = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const PAYLOAD_BYTES = 1_400;
/** Of UDP, IPv4 and Ethernet, and of a record in a pcap file. */
const HEADER_BYTES = 8 + 20 + 14 + 16;
const PACKETS = 2 * Math.ceil(1e9 / (PAYLOAD_BYTES + HEADER_BYTES) / 2);
const PACKETS_PER_SECOND = 25_000;
const ROUNDS = 3;

/**
 * How fast `pcapper get` fetches a capture of 1 GB in one file: bytes of its file over the time from the start of the
 * program to its end, when the file is on disk and its packets are counted. The baseline is `kubectl cp` of the same
 * file from the same agent, by turns; medians of 3 rounds. One file is what suits `kubectl cp` best: it starts once.
 *
 * Depends on the CPU above all: API server, kubelet, containerd, the agent's container and the client share it here.
 */
export const subject: Subject = {
  names: ['get.rate'],
  needs: [...LOCAL_CLUSTER, 'perl'],
  run: () => measureOnLocalCluster(import.meta.filename),
};

export const measure: MeasureOnCluster = async ({ cluster, world, say }) => {
  await installShipped(cluster);
  const capture = await captureOneGigabyte(world);
  const [file, ...more] = capture.status?.files ?? [];
  if (file === undefined || more.length > 0) throw new Error('the capture is not in one file');
  const pod = await world.agentPod(capture.status?.node ?? '');
  await using folder = await world.scratchFolder();
  const path = join(folder.path, 'fetched.pcap');
  const copy = () => world.kubectl.run('-n', NAMESPACE, 'cp', `${pod}:/hostmount/${file.name}`, path);
  const get = () => execa(process.execPath, [PCAPPER, 'get', capture.metadata.name, '-o', path], { env: { KUBECONFIG: cluster.kubeconfig } });
  const [rates, copyRates]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const measures = [
      async () => copyRates.push(await rateOf(copy, path, file.bytes)),
      async () => rates.push(await rateOf(get, path, file.bytes)),
    ];
    for (const measure of round % 2 === 0 ? measures : measures.reverse()) await measure();
    say(`get ${rates.at(-1)?.toFixed(1) ?? ''} MB/s, kubectl cp ${copyRates.at(-1)?.toFixed(1) ?? ''} MB/s`);
  }
  return [{ name: 'get.rate', value: median(rates), unit: 'MB/s', baseline: median(copyRates), target: { of: 'ratio', atLeast: 0.6 } }];
};

async function captureOneGigabyte(world: E2eWorld): Promise<Capture> {
  const [node = ''] = await world.nodes();
  const pod = await world.pod('web', node);
  await world.capture('gigabyte', { ...world.of(pod), captureFilter: 'udp dst port 9', maxFileSize: '1100M', fileCount: 2 });
  await world.reaches('gigabyte', 'running');
  await sendFlood({ address: pod.address, stream: 0, rate: PACKETS_PER_SECOND, count: PACKETS, bytes: PAYLOAD_BYTES });
  await world.patch('gigabyte', { stop: true });
  return world.reaches('gigabyte', 'finished');
}

/** MB (10^6 bytes) a second. The file is whole, and gone when this resolves. */
async function rateOf(fetch: () => Promise<unknown>, path: string, bytes: number): Promise<number> {
  const begun = performance.now();
  await fetch();
  const seconds = (performance.now() - begun) / 1000;
  const { size } = await stat(path);
  if (size !== bytes) throw new Error(`${path} has ${size} bytes instead of ${bytes}`);
  await rm(path);
  return size / 1e6 / seconds;
}
