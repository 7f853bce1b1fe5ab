import { JSON_PATCH, MERGE } from './probe.ts';
import type { Chapter, Talk } from './talk.ts';

const podsOf = (talk: Talk) => `/api/v1/namespaces/${talk.namespace}/pods`;
const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'main', image: 'image' }], ...spec },
});
const POD = ['kind', 'apiVersion', 'metadata.name', 'metadata.namespace', 'metadata.labels', 'metadata.annotations', 'metadata.deletionGracePeriodSeconds', 'spec.nodeName', 'spec.hostNetwork', 'spec.restartPolicy', 'status.phase', 'status.podIP'];
const NAMES = ['metadata.name'];

/** Pods, Events, Nodes, Namespaces, ConfigMaps: as far as this project uses them. */
export const coreResources: readonly Chapter[] = [
  {
    name: 'Pods',
    async tell(talk) {
      const pods = podsOf(talk);
      await talk.say('POST', pods, pod('one', { nodeName: 'n1' }, { labels: { app: 'x' } }), { only: POD });
      await talk.say('POST', pods, pod('two', { nodeName: 'n2' }), { only: POD });
      await talk.say('POST', pods, pod('unscheduled'), { only: POD });
      await talk.say('POST', pods, pod('one'));
      await talk.say('GET', pods, undefined, { only: POD });
      for (const fieldSelector of ['spec.nodeName=n1', 'spec.nodeName=', 'spec.nodeName!=n1', 'metadata.name=two', 'status.phase=Pending', 'status.phase=Running', 'spec.other=x']) {
        await talk.say('GET', pods, undefined, { only: NAMES, query: { fieldSelector } });
      }
      await talk.say('GET', '/api/v1/pods', undefined, { only: NAMES, query: { fieldSelector: `spec.nodeName=n1,metadata.namespace=${talk.namespace}` } });
      await talk.say('PATCH', `${pods}/one`, { metadata: { annotations: { 'pcapper.io/capture': 'x' } }, status: { phase: 'Running' } }, { contentType: MERGE, only: POD });
      await talk.say('PATCH', `${pods}/one/status`, { status: { phase: 'Running', podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] } }, { contentType: MERGE, only: POD });
      await talk.say('PATCH', `${pods}/one`, [{ op: 'remove', path: '/metadata/annotations/pcapper.io~1capture' }], { contentType: JSON_PATCH, only: POD });
      await talk.say('GET', `${pods}/none`);
      const { resourceVersion } = (await talk.ask('GET', pods)).body.metadata;
      await using watch = await talk.watch(pods, { resourceVersion, fieldSelector: 'spec.nodeName=n1' }, POD);
      await talk.say('DELETE', `${pods}/one`, undefined, { only: POD });
      await talk.say('GET', `${pods}/one`, undefined, { only: POD });
      await talk.say('DELETE', `${pods}/one`, { gracePeriodSeconds: 0 }, { only: POD });
      await talk.say('GET', `${pods}/one`);
      await watch.next(3);
      await using all = await talk.watch(pods, { resourceVersion: (await talk.ask('GET', pods)).body.metadata.resourceVersion }, POD);
      await talk.say('DELETE', `${pods}/two`, undefined, { query: { gracePeriodSeconds: 0 }, only: POD });
      await talk.say('DELETE', `${pods}/unscheduled`, undefined, { only: POD });
      await talk.say('GET', pods, undefined, { only: NAMES });
      await talk.ask('POST', pods, pod('last'));
      await all.next(5);
    },
  },
  {
    name: 'Events',
    async tell(talk) {
      const events = `/apis/events.k8s.io/v1/namespaces/${talk.namespace}/events`;
      const event = (name: string, namespace = talk.namespace) => ({
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name, namespace: talk.namespace },
        regarding: { kind: 'PacketCapture', namespace, name: 'one', uid: '11111111-2222-3333-4444-555555555555', apiVersion: 'pcapper.io/v1alpha1' },
        reason: 'Running',
        action: 'Running',
        note: 'm',
        type: 'Normal',
        reportingController: 'pcapper.io/agent',
        reportingInstance: 'n1',
        eventTime: '2026-01-01T00:00:00.000000Z',
      });
      await talk.say('POST', events, event('one.1'));
      await talk.say('POST', events, event('one.1'));
      await talk.say('POST', events, event('one.2', 'elsewhere'));
      await talk.say('GET', events, undefined, { only: NAMES });
      await talk.say('GET', events, undefined, { only: NAMES, query: { fieldSelector: 'reason=Running' } });
      await talk.say('GET', events, undefined, { only: NAMES, query: { fieldSelector: 'regarding.uid=x' } });
    },
  },
  {
    name: 'Namespaces, Nodes, ConfigMaps',
    async tell(talk) {
      await talk.say('GET', `/api/v1/namespaces/${talk.namespace}`);
      await talk.say('GET', '/api/v1/namespaces/none');
      await talk.say('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: talk.namespace } });
      const node = `node-of-${talk.namespace}`;
      const NODE = ['kind', 'metadata.name', 'metadata.labels', 'status.addresses', 'spec.unschedulable'];
      await talk.say('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: node, labels: { a: 'b' } } }, { only: NODE });
      await talk.say('PATCH', `/api/v1/nodes/${node}/status`, { status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } }, { contentType: MERGE, only: NODE });
      await talk.say('GET', '/api/v1/nodes', undefined, { only: NODE, query: { fieldSelector: `metadata.name=${node}` } });
      await talk.say('DELETE', `/api/v1/nodes/${node}`);
      await talk.say('GET', `/api/v1/nodes/${node}`);
      const maps = `/api/v1/namespaces/${talk.namespace}/configmaps`;
      await talk.say('POST', maps, { metadata: { name: 'one' }, data: { a: '1' } });
      await talk.say('PUT', `${maps}/one`, { metadata: { name: 'one' }, data: { a: '2' } });
      await talk.say('PUT', `${maps}/one`, { metadata: { name: 'one', resourceVersion: '1' }, data: { a: '3' } });
      await talk.say('GET', maps);
      await talk.say('DELETE', `${maps}/one`);
      await talk.say('GET', '/api/v1/nones');
      await talk.say('GET', '/api/v1/namespaces/x/nones');
      await talk.say('GET', '/nowhere');
    },
  },
];
