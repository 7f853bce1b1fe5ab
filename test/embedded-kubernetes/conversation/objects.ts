import { GROUP, probe, probesOf, VERSION } from './probe.ts';
import type { Chapter } from './talk.ts';

/** Create, get, update, delete, and what a server refuses. */
export const objects: readonly Chapter[] = [
  {
    name: 'an object from creation to deletion',
    async tell(talk) {
      const probes = probesOf(talk);
      const created = await talk.say('POST', probes, probe('one', { pod: 'web' }, { labels: { app: 'x' }, annotations: { note: 'y' } }));
      const same = await talk.say('GET', `${probes}/one`);
      talk.note('get answers the version of create', same.body.metadata.resourceVersion === created.body.metadata.resourceVersion);
      const unchanged = await talk.say('PUT', `${probes}/one`, created.body);
      talk.note('an update that changes nothing makes no version', unchanged.body.metadata.resourceVersion === created.body.metadata.resourceVersion);
      const updated = await talk.say('PUT', `${probes}/one`, { ...created.body, spec: { pod: 'db', stop: true } });
      talk.note('an update makes a version', updated.body.metadata.resourceVersion !== created.body.metadata.resourceVersion);
      await talk.say('PUT', `${probes}/one`, { ...updated.body, metadata: { ...updated.body.metadata, labels: { app: 'z' } } });
      await talk.say('DELETE', `${probes}/one`);
      await talk.say('GET', `${probes}/one`);
      await talk.say('DELETE', `${probes}/one`);
    },
  },
  {
    name: 'what creation sets and ignores',
    async tell(talk) {
      const probes = probesOf(talk);
      const forged = {
        uid: '11111111-2222-3333-4444-555555555555',
        generation: 7,
        creationTimestamp: '2001-01-01T00:00:00Z',
        selfLink: '/x',
      };
      await talk.say('POST', probes, { ...probe('forged', { pod: 'a' }, forged), status: { node: 'n', progress: 'running' } });
      await talk.say('POST', probes, probe('versioned', {}, { resourceVersion: '5' }));
      await talk.say('POST', probes, { metadata: { name: 'untyped' }, spec: {} }, { anyMessage: true });
      const generated = await talk.ask('POST', probes, { ...probe('x'), metadata: { generateName: 'made-' } });
      talk.note('generateName', [generated.status, /^made-[a-z0-9]{5}$/.test(String(generated.body.metadata.name)), generated.body.metadata.generateName]);
      await talk.say('POST', probes, probe('forged'));
      await talk.say('POST', probes, probe('pruned', { pod: 'a', unknown: 1, nested: { name: 'n', more: true }, list: [{ name: 'i', x: 1 }], free: { a: { b: 1 } } }));
      await talk.say('POST', probes, probe('defaulted', { nested: { name: 'n' } }));
      await talk.say('POST', probes, probe('nulls', { pod: null, stop: null, nested: null }));
      await talk.say('POST', probes, probe('owned', {}, {
        ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: '11111111-2222-3333-4444-555555555555', controller: true }],
      }));
      await talk.say('POST', probes, probe('dry'), { query: { dryRun: 'All' }, only: ['metadata.name', 'spec'] });
      await talk.say('GET', `${probes}/dry`);
    },
  },
  {
    name: 'what creation refuses',
    async tell(talk) {
      const probes = probesOf(talk);
      await talk.say('POST', probes, probe('Not_A-Name'));
      await talk.say('POST', probes, probe('-x..y'));
      await talk.say('POST', probes, probe('a'.repeat(254)));
      await talk.say('POST', probes, { ...probe('x'), metadata: {} });
      await talk.say('POST', probes, { ...probe('x'), metadata: { name: 'x', namespace: 'elsewhere' } });
      await talk.say('POST', `/apis/${GROUP}/${VERSION}/namespaces/no-such-namespace/probes`, probe('x'));
      await talk.say('POST', probes, { ...probe('x'), kind: 'Other' });
      await talk.say('POST', probes, { ...probe('x'), apiVersion: 'other.example.com/v1' });
      await talk.say('POST', probes, { apiVersion: `${GROUP}/${VERSION}`, kind: 'Probe', metadata: { name: 'no-spec' } });
      await talk.say('POST', probes, probe('types', { pod: 5, count: 'many', stop: 'yes', seconds: true, labels: { a: 1 }, list: {} }));
      await talk.say('POST', probes, probe('ranges', { count: 11, pod: 'a'.repeat(21), mode: 'c', nested: {} }));
      await talk.say('POST', probes, probe('one-range', { count: 0 }));
      await talk.say('POST', `${probes}/x`, probe('x'));
      await talk.say('POST', `/apis/${GROUP}/${VERSION}/probes`, probe('x'));
    },
  },
  {
    name: 'updates that are refused',
    async tell(talk) {
      const probes = probesOf(talk);
      const { body } = await talk.ask('POST', probes, probe('one', { pod: 'a' }));
      await talk.ask('PUT', `${probes}/one`, { ...body, spec: { pod: 'b' } });
      await talk.say('PUT', `${probes}/one`, { ...body, spec: { pod: 'c' } });
      await talk.say('PUT', `${probes}/one`, probe('one', { pod: 'c' }));
      await talk.say('PUT', `${probes}/two`, { ...body, metadata: { ...body.metadata, name: 'two' } });
      await talk.say('PUT', `${probes}/two`, probe('two', { pod: 'c' }, { resourceVersion: '1' }));
      await talk.say('PUT', `${probes}/one`, probe('two', { pod: 'c' }));
      const now = (await talk.ask('GET', `${probes}/one`)).body;
      await talk.say('PUT', `${probes}/one`, { ...now, metadata: { ...now.metadata, uid: '11111111-2222-3333-4444-555555555555' } });
      await talk.say('PUT', `${probes}/one`, { ...now, metadata: { ...now.metadata, resourceVersion: 'junk' } });
      await talk.say('PUT', `${probes}/one`, { ...now, spec: { count: 99 } });
    },
  },
  {
    name: 'deletion with preconditions and finalizers',
    async tell(talk) {
      const probes = probesOf(talk);
      const first = (await talk.ask('POST', probes, probe('one'))).body;
      await talk.ask('PUT', `${probes}/one`, { ...first, spec: { pod: 'b' } });
      await talk.say('DELETE', `${probes}/one`, { preconditions: { uid: '11111111-2222-3333-4444-555555555555' } });
      await talk.say('DELETE', `${probes}/one`, { preconditions: { resourceVersion: first.metadata.resourceVersion } });
      await talk.say('DELETE', `${probes}/one`, { preconditions: { uid: first.metadata.uid } });
      const held = (await talk.ask('POST', probes, probe('held', {}, { finalizers: ['test.pcapper.io/hold'] }))).body;
      await talk.say('DELETE', `${probes}/held`);
      const dying = (await talk.say('GET', `${probes}/held`)).body;
      talk.note('still the same', dying.metadata.uid === held.metadata.uid);
      await talk.say('PUT', `${probes}/held`, { ...dying, metadata: { ...dying.metadata, finalizers: [] } });
      await talk.say('GET', `${probes}/held`);
    },
  },
  {
    name: 'an object of the same name is another',
    async tell(talk) {
      const probes = probesOf(talk);
      const first = (await talk.ask('POST', probes, probe('one'))).body;
      await talk.ask('DELETE', `${probes}/one`);
      await talk.say('PUT', `${probes}/one`, first);
      const second = (await talk.ask('POST', probes, probe('one'))).body;
      talk.note('the same uid', first.metadata.uid === second.metadata.uid);
      await talk.say('PUT', `${probes}/one`, first);
    },
  },
];
