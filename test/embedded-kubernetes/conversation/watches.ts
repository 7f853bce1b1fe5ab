import { APPLY, GROUP, MERGE, probe, probesOf, VERSION } from './probe.ts';
import type { Chapter } from './talk.ts';

const SHORT = ['metadata.name', 'spec', 'status', 'metadata.deletionTimestamp'];

/** Watches. */
export const watches: readonly Chapter[] = [
  {
    name: 'a watch from the list on',
    async tell(talk) {
      const probes = probesOf(talk);
      await talk.ask('POST', probes, probe('before'));
      const { resourceVersion } = (await talk.ask('GET', probes)).body.metadata;
      await using watch = await talk.watch(probes, { resourceVersion });
      const created = (await talk.ask('POST', probes, probe('one', { pod: 'a' }))).body;
      const events = await watch.next(1);
      talk.note('the event is the created one', events[0]?.object.metadata.resourceVersion === created.metadata.resourceVersion);
      await talk.ask('PUT', `${probes}/one`, created);
      await talk.ask('PATCH', `${probes}/one`, { spec: { pod: 'b' } }, { contentType: MERGE });
      const applied = { apiVersion: `${GROUP}/${VERSION}`, kind: 'Probe', metadata: { name: 'one' }, status: { node: 'n1' } };
      await talk.ask('PATCH', `${probes}/one/status`, applied, { contentType: APPLY, query: { fieldManager: 'agent' } });
      await talk.ask('PATCH', `${probes}/one/status`, applied, { contentType: APPLY, query: { fieldManager: 'agent' } });
      await talk.ask('DELETE', `${probes}/one`);
      await talk.ask('POST', probes, probe('one', { pod: 'c' }));
      const rest = await watch.next(4);
      talk.note('versions rise', rest.every((event, i) => i === 0 || Number(event.object.metadata.resourceVersion) > Number(rest[i - 1]?.object.metadata.resourceVersion)));
    },
  },
  {
    name: 'a watch from now, from any version, and from an object',
    async tell(talk) {
      const probes = probesOf(talk);
      await talk.ask('POST', probes, probe('a'));
      const b = (await talk.ask('POST', probes, probe('b'))).body;
      {
        await using watch = await talk.watch(probes, {}, SHORT);
        await watch.next(2);
        await talk.ask('POST', probes, probe('c'));
        await watch.next(1);
      }
      {
        await using watch = await talk.watch(probes, { resourceVersion: '0' }, SHORT);
        await watch.next(3);
      }
      {
        await using watch = await talk.watch(probes, { resourceVersion: b.metadata.resourceVersion }, SHORT);
        await watch.next(1);
      }
      {
        await using watch = await talk.watch(probes, { fieldSelector: 'metadata.name=b' }, SHORT);
        await watch.next(1);
        await talk.ask('DELETE', `${probes}/a`);
        await talk.ask('DELETE', `${probes}/b`);
        await watch.next(1);
      }
    },
  },
  {
    name: 'objects that enter and leave a selector',
    async tell(talk) {
      const probes = probesOf(talk);
      const { resourceVersion } = (await talk.ask('GET', probes)).body.metadata;
      await using unclaimed = await talk.watch(probes, { resourceVersion, fieldSelector: 'status.node=,status.progress=' });
      await using mine = await talk.watch(probes, { resourceVersion, fieldSelector: 'status.node=n1' });
      await using labelled = await talk.watch(probes, { resourceVersion, labelSelector: 'app=x' }, SHORT);
      const set = (patch: object) => talk.ask('PATCH', `${probes}/one/status`, { status: patch }, { contentType: MERGE });
      await talk.ask('POST', probes, probe('one', {}, { labels: { app: 'x' } }));
      await set({ node: 'n1', progress: 'scheduled' });
      await set({ progress: 'running' });
      await set({ node: 'n2' });
      const released = (await set({ node: null, progress: null, reason: 'Released' })).body;
      const gone = await unclaimed.next(3);
      talk.note('versions', [gone[1]?.object.metadata.resourceVersion === gone[0]?.object.metadata.resourceVersion, gone[2]?.object.metadata.resourceVersion === released.metadata.resourceVersion]);
      await mine.next(3);
      await talk.ask('PATCH', `${probes}/one`, { metadata: { labels: { app: 'y' } } }, { contentType: MERGE });
      await talk.ask('DELETE', `${probes}/one`);
      await labelled.next(6);
      await unclaimed.next(2);
    },
  },
  {
    name: 'a watch that ends by itself, with a bookmark',
    async tell(talk) {
      const probes = probesOf(talk);
      const { resourceVersion } = (await talk.ask('GET', probes)).body.metadata;
      {
        await using watch = await talk.watch(probes, { resourceVersion, timeoutSeconds: 1 });
        await watch.end();
      }
      await using watch = await talk.watch(probes, { resourceVersion, timeoutSeconds: 10, allowWatchBookmarks: true });
      await talk.ask('POST', probes, probe('one'));
      await watch.next(2);
      await watch.end();
    },
  },
  {
    name: 'watches that are refused',
    async tell(talk) {
      const probes = probesOf(talk);
      await talk.say('GET', probes, undefined, { query: { watch: 1, resourceVersion: 'junk' } });
      await talk.say('GET', probes, undefined, { query: { watch: 1, fieldSelector: 'spec.pod=x' } });
      await talk.say('GET', probes, undefined, { query: { watch: 1, timeoutSeconds: 'x' } });
      await talk.say('GET', `/apis/${GROUP}/${VERSION}/nones`, undefined, { query: { watch: 1 } });
      await talk.say('GET', probes, undefined, { query: { watch: 1, continue: 'x', timeoutSeconds: 1 } });
    },
  },
  {
    name: 'a watch of an object that finalizers hold',
    async tell(talk) {
      const probes = probesOf(talk);
      const { resourceVersion } = (await talk.ask('GET', probes)).body.metadata;
      await using watch = await talk.watch(probes, { resourceVersion });
      await talk.ask('POST', probes, probe('held', {}, { finalizers: ['test.pcapper.io/hold'] }));
      await talk.ask('DELETE', `${probes}/held`);
      await talk.ask('PATCH', `${probes}/held`, { metadata: { finalizers: null } }, { contentType: MERGE });
      await watch.next(3);
    },
  },
];
