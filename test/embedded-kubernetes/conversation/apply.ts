import { APPLY, JSON_PATCH, MERGE, probe, probesOf, GROUP, VERSION } from './probe.ts';
import type { Chapter, Talk } from './talk.ts';

const configuration = (status: object | undefined, metadata: object = {}) => ({
  apiVersion: `${GROUP}/${VERSION}`,
  kind: 'Probe',
  metadata: { name: 'one', ...metadata },
  ...(status === undefined ? {} : { status }),
});

const applyStatus = (talk: Talk, manager: string, status: object | undefined, { force = false, metadata = {} } = {}) =>
  talk.say('PATCH', `${probesOf(talk)}/one/status`, configuration(status, metadata), {
    contentType: APPLY,
    query: { fieldManager: manager, ...(force ? { force: true } : {}) },
  });

/** Server-side apply. */
export const apply: readonly Chapter[] = [
  {
    name: 'a whole status, sent again and again by one manager',
    async tell(talk) {
      const probes = probesOf(talk);
      const created = (await talk.ask('POST', probes, probe('one', { pod: 'a' }))).body;
      const first = await applyStatus(talk, 'agent', { progress: 'scheduled', node: 'n1' }, { force: true, metadata: { resourceVersion: created.metadata.resourceVersion } });
      const again = await applyStatus(talk, 'agent', { progress: 'scheduled', node: 'n1' }, { force: true });
      talk.note('the same again makes no version', again.body.metadata.resourceVersion === first.body.metadata.resourceVersion);
      await applyStatus(talk, 'agent', { progress: 'running', node: 'n1', reason: 'r', packets: { captured: 1, received: 2 }, files: [{ name: 'a', bytes: 1 }, { name: 'b', bytes: 2 }], conditions: [{ type: 'Accepted', status: 'True' }, { type: 'Capturing', status: 'True', reason: 'x' }] });
      await applyStatus(talk, 'agent', { progress: 'running', node: 'n1', packets: { captured: 5 }, files: [{ name: 'c', bytes: 3 }], conditions: [{ type: 'Capturing', status: 'False' }, { type: 'Complete', status: 'True' }] });
      await applyStatus(talk, 'agent', { reason: 'Released' });
      await applyStatus(talk, 'agent', {});
      await applyStatus(talk, 'agent', undefined);
      await applyStatus(talk, 'agent', { reason: 'x' }, { metadata: { resourceVersion: created.metadata.resourceVersion } });
      await applyStatus(talk, 'agent', { reason: 'y' }, { metadata: { uid: '11111111-2222-3333-4444-555555555555' } });
      await applyStatus(talk, 'agent', { progress: 'nonsense' });
      await applyStatus(talk, 'agent', { unknown: 1, reason: 'z' });
      await talk.say('GET', `${probes}/one`);
    },
  },
  {
    name: 'two managers',
    async tell(talk) {
      const probes = probesOf(talk);
      await talk.ask('POST', probes, probe('one', { pod: 'a' }));
      await applyStatus(talk, 'agent', { progress: 'running', node: 'n1', conditions: [{ type: 'Accepted', status: 'True' }] });
      await applyStatus(talk, 'operator', { progress: 'failure', reason: 'NodeLost' });
      await applyStatus(talk, 'operator', { progress: 'failure', node: 'n2', reason: 'NodeLost' });
      await applyStatus(talk, 'operator', { progress: 'running' });
      await applyStatus(talk, 'agent', { node: 'n1' });
      await applyStatus(talk, 'operator', { progress: 'failure', node: 'n1', reason: 'NodeLost', conditions: [{ type: 'Complete', status: 'True' }] }, { force: true });
      await applyStatus(talk, 'agent', { progress: 'finished', node: 'n1' });
      await applyStatus(talk, 'agent', { progress: 'finished', node: 'n1' }, { force: true });
      await applyStatus(talk, 'operator', { message: 'm' });
      await applyStatus(talk, 'agent', { message: 'm' });
      await talk.say('PATCH', `${probes}/one/status`, [{ op: 'remove', path: '/status/message' }], { contentType: JSON_PATCH });
      await applyStatus(talk, 'agent', { reason: 'end' });
      await applyStatus(talk, 'operator', { reason: 'other end' });
    },
  },
  {
    name: 'apply after other kinds of write',
    async tell(talk) {
      const probes = probesOf(talk);
      await talk.ask('POST', probes, probe('one', { pod: 'a' }));
      await talk.ask('PATCH', `${probes}/one/status`, { status: { node: 'n1', progress: 'scheduled' } }, { contentType: MERGE, query: { fieldManager: 'patcher' } });
      await applyStatus(talk, 'agent', { node: 'n2' });
      await applyStatus(talk, 'agent', { node: 'n2' }, { force: true });
      await applyStatus(talk, 'agent', { reason: 'r' });
      await talk.ask('PATCH', `${probes}/one/status`, { status: { reason: 'changed' } }, { contentType: MERGE, query: { fieldManager: 'patcher' } });
      await applyStatus(talk, 'agent', { message: 'm' });
      await applyStatus(talk, 'patcher', { progress: 'running' }, { force: true });
    },
  },
  {
    name: 'apply to the main resource',
    async tell(talk) {
      const probes = probesOf(talk);
      const query = { fieldManager: 'author' };
      const options = { contentType: APPLY, query };
      await talk.say('PATCH', `${probes}/one`, probe('one', { pod: 'a', labels: { a: '1', b: '2' } }, { labels: { x: '1' } }), options);
      await talk.say('PATCH', `${probes}/one`, probe('one', { pod: 'a', labels: { b: '2' } }, { labels: { y: '1' } }), options);
      await talk.say('PATCH', `${probes}/one`, { ...probe('one', { seconds: '5m' }), status: { node: 'ignored' } }, options);
      await talk.say('PATCH', `${probes}/one`, probe('one', { seconds: '6m' }), { contentType: APPLY, query: { fieldManager: 'other' } });
      await talk.say('PATCH', `${probes}/one`, probe('two', {}), options);
      await talk.say('PATCH', `${probes}/one`, probe('one', {}), { contentType: APPLY });
      await talk.say('PATCH', `${probes}/one`, { metadata: { name: 'one' }, spec: {} }, options);
      await talk.say('PATCH', `${probes}/one`, probe('one', { count: 99 }), options);
      await talk.say('PATCH', `${probes}/none`, probe('none', {}, { resourceVersion: '5' }), options);
      await talk.say('PATCH', `${probes}/none/status`, { ...probe('none', {}), status: { reason: 'x' } }, options);
    },
  },
];
