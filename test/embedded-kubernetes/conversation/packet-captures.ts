import { APPLY, JSON_PATCH, MERGE } from './probe.ts';
import type { Chapter, Talk } from './talk.ts';

const HEAD = { apiVersion: 'pcapper.io/v1alpha1', kind: 'PacketCapture' };
const capturesOf = (talk: Talk) => `/apis/pcapper.io/v1alpha1/namespaces/${talk.namespace}/packetcaptures`;
const capture = (name: string, spec: object) => ({ ...HEAD, metadata: { name }, spec });
const POD = { targetNamespace: 'shop', targetPod: 'web' };

/** Our own resource, with its rules. */
export const packetCaptures: readonly Chapter[] = [
  {
    name: 'a PacketCapture through its life',
    async tell(talk) {
      const captures = capturesOf(talk);
      const created = (await talk.say('POST', captures, capture('one', POD))).body;
      const apply = (status: object, manager = 'pcapper-agent', metadata: object = {}) =>
        talk.say('PATCH', `${captures}/one/status`, { ...HEAD, metadata: { name: 'one', ...metadata }, status }, { contentType: APPLY, query: { fieldManager: manager, force: true } });
      const claim = [
        { op: 'test', path: '/metadata/uid', value: created.metadata.uid },
        { op: 'test', path: '/metadata/resourceVersion', value: created.metadata.resourceVersion },
        { op: 'add', path: '/status', value: { node: 'n1' } },
      ];
      await talk.say('PATCH', `${captures}/one/status`, claim, { contentType: JSON_PATCH });
      await talk.say('PATCH', `${captures}/one/status`, claim, { contentType: JSON_PATCH });
      await apply({ node: 'n1', progress: 'scheduled' });
      await apply({ node: 'n1', progress: 'scheduled' }, 'pcapper-agent', { resourceVersion: created.metadata.resourceVersion });
      await apply({ reason: 'PodMoved' });
      await talk.say('GET', captures, undefined, { only: ['metadata.name'], query: { fieldSelector: 'status.node=,status.progress=' } });
      await apply({ node: 'n1', progress: 'running', packets: { captured: 1, received: 2, dropped: 0 } });
      await talk.say('PATCH', `${captures}/one`, { spec: { stop: true } }, { contentType: MERGE });
      await apply({ node: 'n1', progress: 'finished', reason: 'Stopped' });
      await apply({ node: 'n1', progress: 'running' });
      await apply({ reason: 'x' });
      await talk.say('PATCH', `${captures}/one/status`, { status: null }, { contentType: MERGE });
      await talk.say('PATCH', `${captures}/one`, { spec: { targetPod: 'db' } }, { contentType: MERGE });
      await talk.say('PATCH', `${captures}/one`, { spec: null }, { contentType: MERGE });
      await talk.say('PATCH', `${captures}/one`, [{ op: 'remove', path: '/spec' }], { contentType: JSON_PATCH });
      await talk.say('PATCH', `${captures}/one`, { spec: { retainFiles: true, ttlSecondsAfterFinished: 60 } }, { contentType: MERGE });
    },
  },
  {
    name: 'PacketCaptures that are refused',
    async tell(talk) {
      const captures = capturesOf(talk);
      const refused: readonly object[] = [
        {},
        { ...POD, targetNode: 'n', targetInterface: 'eth0' },
        { targetPod: 'web' },
        { targetNode: 'n' },
        { ...POD, captureSeconds: 0 },
        { ...POD, captureSeconds: '8d' },
        { ...POD, maxFileSize: '5k', fileCount: 'x', maxPackets: -1, snapLength: 'big' },
        { ...POD, targetPod: 'Web_1' },
        { ...POD, captureFilter: 'x'.repeat(5000) },
        { ...POD, stop: 'yes' },
      ];
      for (const [i, spec] of refused.entries()) await talk.say('POST', captures, capture(`bad-${i}`, spec));
      const accepted: readonly object[] = [{ ...POD, captureSeconds: '30', fileCount: '3', maxFileSize: '5Mi' }, { targetNode: 'n1', targetInterface: 'any' }];
      for (const [i, spec] of accepted.entries()) await talk.say('POST', captures, capture(`good-${i}`, spec));
      const files = Array.from({ length: 51 }, (_, i) => ({ name: `f${i}`, bytes: i }));
      await talk.say('PATCH', `${captures}/good-0/status`, { status: { progress: 'running', files } }, { contentType: MERGE });
      await talk.say('PATCH', `${captures}/good-0/status`, { status: { progress: 'paused' } }, { contentType: MERGE });
    },
  },
];
