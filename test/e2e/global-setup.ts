import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { TestProject } from 'vitest/node';
import { LocalCluster } from './cluster/local-cluster.ts';
import { install } from './install.ts';
import { loadImages } from './load-images.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly cluster: ClusterUnderTest;
  }
}

/** What the tests are told of the cluster. */
export interface ClusterUnderTest {
  readonly kubeconfig: string;
  readonly kubectl: string;
  /** Of the local cluster; absent: somebody else's, whose parts are not to be stopped. */
  readonly folder?: string;
}

const ARCHIVES = { 'e2e-traffic.tar': 'pcapper/e2e-traffic:1', 'agent.tar': '', 'operator.tar': '' };

export async function setup(project: TestProject): Promise<void> {
  const cluster = await openCluster();
  await install(cluster);
  project.provide('cluster', cluster);
}

async function openCluster(): Promise<ClusterUnderTest> {
  const { PCAPPER_E2E_FOLDER: folder, PCAPPER_E2E_CGROUPS: cgroups = '', PCAPPER_E2E_IMAGES: images = '', KUBECONFIG: given, PCAPPER_E2E_LOAD: command } = process.env;
  const archives = Object.entries(ARCHIVES).map(([file, name]) => ({ name, archive: join(images, file) })).filter(({ archive }) => existsSync(archive));
  if (folder !== undefined) {
    const { kubeconfig, kubectl } = await LocalCluster.start({ folder, nodes: ['node1', 'node2'], cgroups, images: archives });
    return { kubeconfig, kubectl, folder };
  }
  if (given === undefined) throw new Error('start the e2e tests by: npm run test:e2e');
  const { stdout: context } = await execa('kubectl', ['config', 'current-context']);
  await loadImages(archives.map(({ archive }) => archive), { command, context });
  return { kubeconfig: given, kubectl: 'kubectl' };
}
