import { GROUP, probeCrd, VERSION } from './probe.ts';
import type { Chapter } from './talk.ts';

interface ServedResource {
  readonly name: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly shortNames?: readonly string[];
}

/** What clients ask for before they ask for anything. */
export const discovery: readonly Chapter[] = [
  {
    name: 'discovery of our group',
    async tell(talk) {
      await talk.until(200, 'GET', `/apis/${GROUP}/${VERSION}`);
      await talk.say('GET', `/apis/${GROUP}/${VERSION}`);
      await talk.until(200, 'GET', `/apis/${GROUP}`);
      await talk.say('GET', `/apis/${GROUP}`);
      const groups = (await talk.ask('GET', '/apis')).body as object as { kind: string; apiVersion: string; groups: { name: string }[] };
      talk.note('/apis', [groups.kind, groups.apiVersion, groups.groups.find((group) => group.name === GROUP)]);
      talk.note('/apis has', groups.groups.some((group) => group.name === 'apiextensions.k8s.io'));
      await talk.say('GET', '/api', undefined, { only: ['kind', 'versions'] });
      for (const path of ['/api/v1', '/apis/apiextensions.k8s.io/v1']) {
        const list = (await talk.ask('GET', path)).body as object as { kind: string; groupVersion: string; resources: ServedResource[] };
        const known = ['pods', 'pods/status', 'nodes', 'nodes/status', 'namespaces', 'configmaps', 'customresourcedefinitions', 'customresourcedefinitions/status'];
        const names = ({ name, singularName, namespaced, kind, shortNames }: ServedResource) => ({ name, singularName, namespaced, kind, shortNames });
        const resources = list.resources.filter((resource) => known.includes(resource.name)).map(names);
        talk.note(path, { kind: list.kind, groupVersion: list.groupVersion, resources });
      }
      await talk.say('GET', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${probeCrd.metadata.name}`, undefined, { only: ['status.acceptedNames', 'status.storedVersions', 'spec.conversion'] });
    },
  },
  {
    name: 'health and version',
    async tell(talk) {
      for (const path of ['/readyz', '/livez', '/healthz']) await talk.say('GET', path);
      const version = (await talk.ask('GET', '/version')).body as object;
      talk.note('/version', Object.entries(version).map(([key, value]) => [key, typeof value]).filter(([key]) => ['major', 'minor', 'gitVersion'].includes(key ?? '')));
    },
  },
];
