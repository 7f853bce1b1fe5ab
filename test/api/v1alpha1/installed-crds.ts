import { setTimeout as sleep } from 'node:timers/promises';
import { deploymentCaptureCrd } from '../../../src/api/openshift/index.ts';
import { type CustomResourceDefinition, packetCaptureCrd, packetCaptureSetCrd } from '../../../src/api/v1alpha1/index.ts';
import { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { ask } from './answer.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** The CRDs of pcapper itself. */
const OWN_CRDS: readonly CustomResourceDefinition[] = [packetCaptureCrd(), packetCaptureSetCrd()];

export const ALL_CRDS: readonly CustomResourceDefinition[] = [...OWN_CRDS, deploymentCaptureCrd()];

/** A kube-apiserver that serves these resources. */
export async function startWithCrds(crds: readonly CustomResourceDefinition[] = OWN_CRDS): Promise<KubeApiserver> {
  const server = await KubeApiserver.start();
  try {
    for (const crd of crds) {
      const created = await ask(server, 'POST', CRDS, crd);
      if (created.status !== 201) throw new Error(`${crd.metadata.name} was refused: ${JSON.stringify(created.body)}`);
    }
    for (const { metadata, spec } of crds) {
      await until(async () => (await conditionOf(server, metadata.name, 'Established')) === 'True');
      // Established comes before the first answer.
      await until(async () => (await ask(server, 'GET', `/apis/${spec.group}/v1alpha1/${spec.names.plural}`)).status === 200);
    }
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

export async function conditionOf(server: KubeApiserver, crd: string, type: string): Promise<string | undefined> {
  const { body } = await ask(server, 'GET', `${CRDS}/${crd}`);
  // `null` of a CRD that was just taken.
  const { conditions } = (body as { status: { conditions?: { type: string; status: string }[] | null } }).status;
  return conditions?.find((condition) => condition.type === type)?.status;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('did not come about within 60 s');
    await sleep(50);
  }
}
