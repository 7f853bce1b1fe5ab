import { packetCaptureCrd } from '../../../src/api/v1alpha1/index.ts';
import { CAPTURES } from '../../adapters/kubernetes/capture-api.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import type { E2eWorld } from './e2e-world.ts';

const CRD = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${packetCaptureCrd().metadata.name}`;
const SCHEMA = '/spec/versions/0/schema/openAPIV3Schema';

type Crd = { readonly spec: { readonly versions: readonly { readonly schema: object }[] } };

/**
 * The API server takes PacketCaptures of any spec while the work is done. The operator would not have it: it is
 * stopped, for the caller to start again. Captures that were made meanwhile are removed.
 */
export async function withoutRules(world: E2eWorld, work: () => Promise<void>): Promise<void> {
  await world.stopOperator();
  const { spec } = await world.client.get<Crd>(CRD);
  try {
    await world.client.patch(CRD, 'json', [
      { op: 'replace', path: `${SCHEMA}/properties/spec`, value: { 'x-kubernetes-preserve-unknown-fields': true } },
      { op: 'remove', path: `${SCHEMA}/x-kubernetes-validations` },
      { op: 'remove', path: `${SCHEMA}/required` },
    ]);
    await eventually(() => world.make('probe', 'none', { dryRun: 'All' }).then(() => true, () => false));
    await work();
  } finally {
    await world.client.delete(CAPTURES);
    await world.client.patch(CRD, 'json', [{ op: 'replace', path: '/spec/versions/0/schema', value: spec.versions[0]?.schema }]);
  }
}
