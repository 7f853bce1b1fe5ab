import type { JsonObject } from '../objects/kubernetes-object.ts';
import { apiVersionOf, type ResourceDefinition } from '../resources/resource-definition.ts';

const VERBS = ['delete', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const STATUS_VERBS = ['get', 'patch', 'update'];

/** What clients ask for to learn what is served; `undefined` for any other path. */
export function discovery(path: string, resources: readonly ResourceDefinition[]): JsonObject | undefined {
  const [root, group, version, ...rest] = path.split('/').filter((segment) => segment !== '');
  if (rest.length > 0) return undefined;
  if (root === 'api') {
    if (group === undefined) return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
    return version === undefined ? resourceList('', group, resources) : undefined;
  }
  if (root !== 'apis') return undefined;
  const named = resources.filter((resource) => resource.group !== '');
  if (group === undefined) {
    const names = [...new Set(named.map((resource) => resource.group))];
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map((name) => apiGroup(name, named)) };
  }
  if (version !== undefined) return resourceList(group, version, named);
  return named.some((resource) => resource.group === group) ? { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group, named) } : undefined;
}

function apiGroup(name: string, resources: readonly ResourceDefinition[]): JsonObject {
  const served = [...new Set(resources.filter((resource) => resource.group === name).map((resource) => resource.version))];
  const versions = served.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

function resourceList(group: string, version: string, resources: readonly ResourceDefinition[]): JsonObject | undefined {
  const served = resources.filter((resource) => resource.group === group && resource.version === version);
  const [first] = served;
  if (first === undefined) return undefined;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersionOf(first), resources: served.flatMap(entries) };
}

function entries({ plural, singular, namespaced, kind, shortNames, hasStatus }: ResourceDefinition): readonly JsonObject[] {
  const main = { name: plural, singularName: singular, namespaced, kind, verbs: VERBS, ...(shortNames === undefined ? {} : { shortNames }) };
  return hasStatus ? [main, { name: `${plural}/status`, singularName: '', namespaced, kind, verbs: STATUS_VERBS }] : [main];
}
