import { isObject, type JsonObject } from '../objects/kubernetes-object.ts';
import { fieldRequired } from '../objects/status-error.ts';
import { type StructuralSchema, UNTYPED } from '../schema/structural-schema.ts';
import type { ResourceDefinition } from './resource-definition.ts';

const CORE = {
  group: '',
  version: 'v1',
  namespaced: true,
  custom: false,
  hasStatus: false,
  hasGeneration: false,
  selectableFields: [],
  schema: UNTYPED,
  allowsUnconditionalUpdate: true,
  prepare: (draft) => draft,
  validate: () => [],
} satisfies Partial<ResourceDefinition>;

const keyedBy = (key: string): StructuralSchema => ({ type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key], items: UNTYPED });
const untypedWith = (properties: StructuralSchema['properties']): StructuralSchema => ({ ...UNTYPED, properties: properties ?? {} });

export const pods: ResourceDefinition = {
  ...CORE,
  plural: 'pods',
  singular: 'pod',
  kind: 'Pod',
  listKind: 'PodList',
  shortNames: ['po'],
  hasStatus: true,
  hasGeneration: true,
  selectableFields: ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName', 'spec.hostNetwork', 'status.phase', 'status.podIP', 'status.nominatedNodeName'],
  schema: untypedWith({
    spec: untypedWith({ containers: keyedBy('name'), initContainers: keyedBy('name'), volumes: keyedBy('name') }),
    status: untypedWith({ conditions: keyedBy('type'), podIPs: keyedBy('ip') }),
  }),
  prepare: (draft, old) => ({
    ...draft,
    spec: { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', terminationGracePeriodSeconds: 30, schedulerName: 'default-scheduler', ...part(draft['spec']) },
    status: old === undefined ? { phase: 'Pending' } : draft['status'],
  }),
  validate: (pod) => {
    const { containers } = part(pod['spec']);
    return Array.isArray(containers) && containers.length > 0 ? [] : [fieldRequired('spec.containers')];
  },
  gracePeriod: (pod) => {
    const { nodeName, terminationGracePeriodSeconds } = part(pod['spec']);
    // Nobody has to stop the containers of a Pod that no node has.
    return nodeName === undefined ? 0 : Number(terminationGracePeriodSeconds);
  },
};

/** Of the group events.k8s.io: the older form of the core group is not served. */
export const events: ResourceDefinition = {
  ...CORE,
  group: 'events.k8s.io',
  plural: 'events',
  singular: 'event',
  kind: 'Event',
  listKind: 'EventList',
  shortNames: ['ev'],
  selectableFields: [
    ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map((field) => `regarding.${field}`),
    'reason',
    'reportingController',
    'type',
  ],
  prepare: (draft) => ({ deprecatedSource: {}, deprecatedFirstTimestamp: null, deprecatedLastTimestamp: null, ...draft }),
};

export const nodes: ResourceDefinition = {
  ...CORE,
  plural: 'nodes',
  singular: 'node',
  kind: 'Node',
  listKind: 'NodeList',
  shortNames: ['no'],
  namespaced: false,
  hasStatus: true,
  selectableFields: ['spec.unschedulable'],
  schema: untypedWith({ status: untypedWith({ conditions: keyedBy('type'), addresses: keyedBy('type') }) }),
};

export const namespaces: ResourceDefinition = {
  ...CORE,
  plural: 'namespaces',
  singular: 'namespace',
  kind: 'Namespace',
  listKind: 'NamespaceList',
  shortNames: ['ns'],
  namespaced: false,
  hasStatus: true,
  selectableFields: ['status.phase'],
  prepare: (draft, old) => ({
    ...draft,
    metadata: { ...draft.metadata, labels: { ...part(draft.metadata['labels']), 'kubernetes.io/metadata.name': draft.metadata['name'] } },
    spec: old?.['spec'] ?? { finalizers: ['kubernetes'] },
    status: old === undefined ? { phase: 'Active' } : draft['status'],
  }),
};

export const configMaps: ResourceDefinition = {
  ...CORE,
  plural: 'configmaps',
  singular: 'configmap',
  kind: 'ConfigMap',
  listKind: 'ConfigMapList',
  shortNames: ['cm'],
};

export const coreResources: readonly ResourceDefinition[] = [configMaps, events, namespaces, nodes, pods];

function part(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
