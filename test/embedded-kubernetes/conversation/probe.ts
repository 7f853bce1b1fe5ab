import type { Talk } from './talk.ts';

export const GROUP = 'test.pcapper.io';
export const VERSION = 'v1alpha1';

/** A resource that has one of everything that ours has, for what is no matter of our rules. */
export const probeCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `probes.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { plural: 'probes', singular: 'probe', kind: 'Probe', listKind: 'ProbeList', shortNames: ['prb'] },
    versions: [
      {
        name: VERSION,
        served: true,
        storage: true,
        subresources: { status: {} },
        selectableFields: [{ jsonPath: '.status.node' }, { jsonPath: '.status.progress' }],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                properties: {
                  pod: { type: 'string', maxLength: 20 },
                  seconds: { 'x-kubernetes-int-or-string': true, default: 600 },
                  count: { type: 'integer', minimum: 1, maximum: 10 },
                  stop: { type: 'boolean', default: false },
                  mode: { type: 'string', enum: ['a', 'b'] },
                  labels: { type: 'object', additionalProperties: { type: 'string' } },
                  nested: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, size: { type: 'integer', default: 3 } } },
                  list: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } },
                  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                },
              },
              status: {
                type: 'object',
                properties: {
                  progress: { type: 'string', enum: ['scheduled', 'running', 'finished', 'failure'] },
                  node: { type: 'string' },
                  reason: { type: 'string' },
                  message: { type: 'string' },
                  packets: { type: 'object', properties: { captured: { type: 'integer' }, received: { type: 'integer' } } },
                  files: {
                    type: 'array',
                    'x-kubernetes-list-type': 'atomic',
                    items: { type: 'object', properties: { name: { type: 'string' }, bytes: { type: 'integer', format: 'int64' } } },
                  },
                  conditions: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['type'],
                    items: {
                      type: 'object',
                      required: ['type', 'status'],
                      properties: { type: { type: 'string' }, status: { type: 'string' }, reason: { type: 'string' } },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

export const probesEverywhere = `/apis/${GROUP}/${VERSION}/probes`;
export const probesOf = (talk: Talk) => `/apis/${GROUP}/${VERSION}/namespaces/${talk.namespace}/probes`;

export function probe(name: string, spec: object = {}, metadata: object = {}): object {
  return { apiVersion: `${GROUP}/${VERSION}`, kind: 'Probe', metadata: { name, ...metadata }, spec };
}

export const MERGE = 'application/merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';
export const APPLY = 'application/apply-patch+yaml';
export const STRATEGIC = 'application/strategic-merge-patch+json';
