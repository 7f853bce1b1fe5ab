import { fileURLToPath } from 'node:url';
import { buildComponents, saveImages } from '../../test/e2e/cluster/images.ts';
import type { LocalCluster } from '../../test/e2e/cluster/local-cluster.ts';
import { runInOwnNamespaces } from '../../test/e2e/cluster/own-namespaces.ts';
import { missingForLocalCluster } from '../../test/e2e/cluster/requirements.ts';
import type { ClusterUnderTest } from '../../test/e2e/cluster/cluster-under-test.ts';
import type { E2eWorld } from '../../test/e2e/world/e2e-world.ts';
import type { Requirement } from '../../test/harness/requirements.ts';
import type { Figure, Say } from '../figure.ts';

const PROCESS = fileURLToPath(new URL('./cluster-process.ts', import.meta.url));

/** What a local cluster needs that can be told at once. The rest, as containerd and Go, is told when it is to be started. */
export const LOCAL_CLUSTER: readonly Requirement[] = ['root', 'tcpdump', 'ip', 'nsenter', 'loop'];

/** A local cluster of two nodes that have all images, with no pcapper on it yet. */
export interface ClusterSubject {
  readonly cluster: ClusterUnderTest & Pick<LocalCluster, 'connect'>;
  readonly world: E2eWorld;
  readonly say: Say;
}

/** What a file of figures/ exports as `measure`, to be called where the cluster is. */
export type MeasureOnCluster = (subject: ClusterSubject) => Promise<readonly Figure[]>;

let images: Promise<void> | undefined;

/**
 * Starts a local cluster with the images of this checkout and lets a file of figures/ measure there, in a process in the
 * namespaces of that cluster, with which everything ends.
 * @param file which exports `measure`
 * @throws Error that says what the machine lacks
 */
export async function measureOnLocalCluster(file: string): Promise<readonly Figure[]> {
  const missing = await missingForLocalCluster();
  if (missing.length > 0) throw new Error(`a cluster of its own ${missing.join('; ')}`);
  await buildComponents();
  await (images ??= saveImages());
  let output = '';
  const code = await runInOwnNamespaces([process.execPath, PROCESS, file], process.env, (text) => (output += text));
  if (code !== 0) throw new Error(`the process that measured on the cluster ended with ${code}`);
  return JSON.parse(output) as readonly Figure[];
}
