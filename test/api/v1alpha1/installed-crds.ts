import { setTimeout as sleep } from 'node:timers/promises';
import { packetCaptureCrd, packetCaptureSetCrd } from '../../../src/api/v1alpha1/index.ts';
import { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { ask } from './answer.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** A kube-apiserver that serves both resources. */
export async function startWithCrds(): Promise<KubeApiserver> {
  const server = await KubeApiserver.start();
  try {
    for (const crd of [packetCaptureCrd(), packetCaptureSetCrd()]) {
      const created = await ask(server, 'POST', CRDS, crd);
      if (created.status !== 201) throw new Error(`${crd.metadata.name} was refused: ${JSON.stringify(created.body)}`);
    }
    for (const { metadata, spec } of [packetCaptureCrd(), packetCaptureSetCrd()]) {
      await until(async () => (await conditionOf(server, metadata.name, 'Established')) === 'True');
      // Established comes before the first answer.
      await until(async () => (await ask(server, 'GET', `/apis/pcapper.io/v1alpha1/${spec.names.plural}`)).status === 200);
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
