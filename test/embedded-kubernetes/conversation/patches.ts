import { JSON_PATCH, MERGE, probe, probesOf, STRATEGIC } from './probe.ts';
import type { Chapter } from './talk.ts';

/** Merge patch and JSON patch. */
export const patches: readonly Chapter[] = [
  {
    name: 'merge patch',
    async tell(talk) {
      const probes = probesOf(talk);
      const patch = (body: unknown) => talk.say('PATCH', `${probes}/one`, body, { contentType: MERGE });
      const created = (await talk.ask('POST', probes, probe('one', { pod: 'a', list: [{ name: 'x' }], labels: { a: '1', b: '2' } }))).body;
      await patch({ spec: { pod: 'b', labels: { a: null, c: '3' }, list: [{ name: 'y' }] } });
      await patch({ spec: { seconds: null } });
      await patch({ metadata: { labels: { app: 'x' } } });
      await patch({});
      await patch({ metadata: { uid: '11111111-2222-3333-4444-555555555555' }, spec: { pod: 'c' } });
      await patch({ metadata: { resourceVersion: created.metadata.resourceVersion }, spec: { pod: 'd' } });
      const now = (await talk.ask('GET', `${probes}/one`)).body;
      await patch({ metadata: { resourceVersion: now.metadata.resourceVersion }, spec: { pod: 'e' } });
      await patch({ metadata: { name: 'two' } });
      await patch({ kind: 'Other' });
      await patch({ spec: null });
      await patch({ spec: { count: 0 } });
      await talk.say('PATCH', `${probes}/one`, 'not json', { contentType: MERGE, anyMessage: true });
      await patch([]);
      await talk.say('PATCH', `${probes}/none`, { spec: {} }, { contentType: MERGE });
      await talk.say('PATCH', `${probes}/one`, { spec: {} }, { contentType: STRATEGIC });
      await talk.say('PATCH', `${probes}/one`, { spec: {} }, { contentType: 'application/json' });
    },
  },
  {
    name: 'JSON patch',
    async tell(talk) {
      const probes = probesOf(talk);
      const patch = (operations: unknown, path = 'one') => talk.say('PATCH', `${probes}/${path}`, operations, { contentType: JSON_PATCH });
      const created = (await talk.ask('POST', probes, probe('one', { pod: 'a', list: [{ name: 'x' }, { name: 'y' }], labels: { 'a/b': '1', 'c~d': '2' } }))).body;
      const uid = created.metadata.uid;
      await patch([{ op: 'test', path: '/metadata/uid', value: uid }, { op: 'replace', path: '/spec/pod', value: 'b' }]);
      await patch([{ op: 'test', path: '/metadata/uid', value: '11111111-2222-3333-4444-555555555555' }, { op: 'replace', path: '/spec/pod', value: 'c' }]);
      await patch([{ op: 'add', path: '/spec/list/-', value: { name: 'z' } }, { op: 'add', path: '/spec/list/0', value: { name: 'w' } }]);
      await patch([{ op: 'remove', path: '/spec/list/1' }, { op: 'remove', path: '/spec/labels/a~1b' }, { op: 'replace', path: '/spec/labels/c~0d', value: '3' }]);
      await patch([{ op: 'copy', from: '/spec/pod', path: '/spec/labels/pod' }, { op: 'move', from: '/spec/labels/pod', path: '/spec/labels/moved' }]);
      await patch([{ op: 'remove', path: '/spec/none' }]);
      await patch([{ op: 'replace', path: '/spec/none', value: 1 }]);
      await patch([{ op: 'add', path: '/spec/none/deeper', value: 1 }]);
      await patch([{ op: 'test', path: '/spec/none', value: null }]);
      await patch([{ op: 'test', path: '/spec/none', value: 'x' }]);
      await patch([{ op: 'test', path: '/spec/list', value: [{ name: 'w' }] }]);
      await patch([{ op: 'bogus', path: '/spec/pod' }]);
      await patch({ op: 'remove', path: '/spec/pod' });
      await patch([]);
      await patch([{ op: 'replace', path: '/metadata/resourceVersion', value: created.metadata.resourceVersion }]);
      await patch([{ op: 'test', path: '/metadata/resourceVersion', value: created.metadata.resourceVersion }, { op: 'add', path: '/spec/pod', value: 'z' }]);
      await patch([{ op: 'test', path: '/metadata/uid', value: uid }, { op: 'add', path: '/status', value: { node: 'n1' } }], 'one/status');
      await patch([{ op: 'test', path: '/metadata/uid', value: uid }, { op: 'remove', path: '/status/node' }], 'one/status');
      await patch([{ op: 'remove', path: '/status/node' }], 'one/status');
      await patch([{ op: 'replace', path: '/spec/count', value: 99 }]);
      await patch([{ op: 'add', path: '/spec/count', value: 99 }]);
      await patch([{ op: 'remove', path: '/spec/pod' }], 'none');
    },
  },
];
