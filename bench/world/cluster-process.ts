// Measures on a local cluster, in the namespaces that this process was started in. Argument: a file of figures/ that exports
// `measure`. Writes the figures to stdout.
import { savedImages } from '../../test/e2e/cluster/images.ts';
import { LocalCluster } from '../../test/e2e/cluster/local-cluster.ts';
import { placeOfCluster } from '../../test/e2e/cluster/own-namespaces.ts';
import { E2eWorld } from '../../test/e2e/world/e2e-world.ts';
import type { MeasureOnCluster } from './on-local-cluster.ts';

/** Room for MIN_FREE_DISK and MAX_TOTAL_FILESIZE as they are shipped. Only what is written takes disk. */
const HOSTMOUNT = '40G';

async function run(file: string): Promise<void> {
  const { measure } = (await import(file)) as { readonly measure: MeasureOnCluster };
  const place = placeOfCluster();
  if (place === undefined) throw new Error('there are no namespaces for a cluster here');
  const begun = performance.now();
  const started = await LocalCluster.start({ ...place, nodes: ['node1', 'node2'], images: savedImages(), hostmount: HOSTMOUNT });
  const cluster = { kubeconfig: started.kubeconfig, kubectl: started.kubectl, folder: place.folder, connect: () => started.connect() };
  say(`two nodes after ${Math.round((performance.now() - begun) / 1000)} s`);
  await using world = await E2eWorld.open(cluster);
  process.stdout.write(JSON.stringify(await measure({ cluster, world, say })));
}

function say(text: string): void {
  process.stderr.write(`  ${text}\n`);
}

await run(process.argv[2] ?? '');
