import { execa } from 'execa';
import type { TestProject } from 'vitest/node';
import type { ClusterUnderTest } from './cluster/cluster-under-test.ts';
import { savedImages } from './cluster/images.ts';
import { LocalCluster } from './cluster/local-cluster.ts';
import { placeOfCluster } from './cluster/own-namespaces.ts';
import { install } from './install.ts';
import { loadImages } from './load-images.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly cluster: ClusterUnderTest;
  }
}

export async function setup(project: TestProject): Promise<void> {
  const cluster = await openCluster();
  await install(cluster);
  project.provide('cluster', cluster);
}

async function openCluster(): Promise<ClusterUnderTest> {
  const { KUBECONFIG: given, PCAPPER_E2E_LOAD: command } = process.env;
  const images = savedImages();
  const place = placeOfCluster();
  if (place !== undefined) {
    const { kubeconfig, kubectl } = await LocalCluster.start({ ...place, nodes: ['node1', 'node2'], images });
    return { kubeconfig, kubectl, folder: place.folder };
  }
  if (given === undefined) throw new Error('start the e2e tests by: npm run test:e2e');
  const { stdout: context } = await execa('kubectl', ['config', 'current-context']);
  await loadImages(images.map(({ archive }) => archive), { command, context });
  return { kubeconfig: given, kubectl: 'kubectl' };
}
