import { MERGE } from './probe.ts';
import type { Chapter, Talk } from './talk.ts';

const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

function crd(talk: Talk, { scope = 'Namespaced', properties = {} } = {}) {
  const group = `${talk.namespace}.example.com`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope,
      names: { plural: 'things', kind: 'Thing' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } } }],
    },
  };
}

/** Definitions of resources, and what is served while they come and go. */
export const definitions: readonly Chapter[] = [
  {
    name: 'a definition from creation to deletion',
    async tell(talk) {
      const definition = crd(talk, { properties: { a: { type: 'string' } } });
      const base = `/apis/${definition.spec.group}`;
      const things = `${base}/v1/namespaces/${talk.namespace}/things`;
      await talk.say('GET', things);
      await talk.say('GET', `${base}/v1`);
      await talk.say('GET', base);
      await talk.say('POST', crds, definition, { only: ['metadata.name', 'metadata.generation', 'spec', 'kind'] });
      await talk.say('POST', crds, definition);
      await talk.until(200, 'GET', things);
      await talk.say('GET', `${crds}/${definition.metadata.name}`);
      await talk.say('GET', things);
      await talk.say('POST', things, { apiVersion: `${definition.spec.group}/v1`, kind: 'Thing', metadata: { name: 'one' }, spec: { a: 'x', b: 'y' }, status: { free: 1 } });
      await talk.say('GET', `${things}/one/status`);
      await talk.until(200, 'GET', `${base}/v1`);
      await talk.say('GET', `${base}/v1`);
      await talk.until(200, 'GET', base);
      await talk.say('GET', base);
      const { resourceVersion } = (await talk.ask('GET', things)).body.metadata;
      await using watch = await talk.watch(things, { resourceVersion });
            await talk.ask('DELETE', `${crds}/${definition.metadata.name}`);
      await watch.next(1);
      await watch.end();
      await talk.until(404, 'GET', `${crds}/${definition.metadata.name}`);
      await talk.say('GET', `${crds}/${definition.metadata.name}`);
      await talk.until(404, 'GET', things);
      await talk.say('GET', things);
      await talk.say('GET', `${things}/one`);
      await talk.say('POST', things, {});
      await talk.until(201, 'POST', crds, definition);
      await talk.until(200, 'GET', things);
      await talk.say('GET', things);
    },
  },
  {
    name: 'a definition that changes',
    async tell(talk) {
      const definition = crd(talk, { scope: 'Cluster', properties: { a: { type: 'string' } } });
      const things = `/apis/${definition.spec.group}/v1/things`;
      await talk.ask('POST', crds, definition);
      await talk.until(200, 'GET', things);
      await talk.say('POST', things, { apiVersion: `${definition.spec.group}/v1`, kind: 'Thing', metadata: { name: 'one' }, spec: { a: 'x', b: 'y' } });
      const versions = crd(talk, { properties: { b: { type: 'string' } } }).spec.versions;
      await talk.say('PATCH', `${crds}/${definition.metadata.name}`, { spec: { versions } }, { contentType: MERGE, only: ['metadata.generation', 'spec.versions'] });
      await talk.until(200, 'PATCH', `${things}/one`, { spec: { b: 'z' } }, { contentType: MERGE });
    },
  },
  {
    name: 'definitions that are refused',
    async tell(talk) {
      const good = crd(talk);
      await talk.say('POST', crds, { ...good, metadata: { name: 'wrong' } });
      await talk.say('POST', crds, { ...good, metadata: { name: 'things.undotted' }, spec: { ...good.spec, group: 'undotted' } });
      await talk.say('GET', `${crds}/none`);
      await talk.say('DELETE', `${crds}/none`);
    },
  },
];
