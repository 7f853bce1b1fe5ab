import { MERGE, probe, probesEverywhere, probesOf } from './probe.ts';
import type { Chapter, Talk } from './talk.ts';

async function population(talk: Talk): Promise<void> {
  const probes = probesOf(talk);
  const state: Record<string, object> = {
    unclaimed: {},
    assigned: { node: 'n1' },
    mine: { node: 'n1', progress: 'running' },
    done: { node: 'n1', progress: 'finished' },
    theirs: { node: 'n2', progress: 'running' },
  };
  for (const [name, status] of Object.entries(state)) {
    await talk.ask('POST', probes, probe(name, {}, { labels: { app: name.length > 5 ? 'long' : 'short', name } }));
    await talk.ask('PATCH', `${probes}/${name}/status`, { status }, { contentType: MERGE });
  }
}

const NAMES = ['metadata.name'];

/** Lists and selectors. */
export const lists: readonly Chapter[] = [
  {
    name: 'lists by selectors',
    async tell(talk) {
      const probes = probesOf(talk);
      await talk.say('GET', probes);
      await population(talk);
      await talk.say('GET', probes);
      await talk.say('GET', probesEverywhere, undefined, { only: NAMES, query: { fieldSelector: `metadata.namespace=${talk.namespace}` } });
      for (const fieldSelector of [
        'status.node=',
        'status.node=,status.progress=',
        'status.node=n1',
        'status.node==n1,status.progress!=finished',
        'status.node!=n1',
        'status.progress=running',
        'metadata.name=mine',
        `metadata.name=mine,metadata.namespace=${talk.namespace}`,
        'metadata.namespace=elsewhere',
        'metadata.name!=mine',
        'spec.pod=x',
        'status.node',
        'status.reason=x',
        '',
      ]) {
        await talk.say('GET', probes, undefined, { only: NAMES, query: { fieldSelector } });
      }
      for (const labelSelector of ['app=long', 'app==short,name=done', 'app!=long', 'name', '!none', 'none', 'name in (mine,done)', 'name notin (mine,done)']) {
        await talk.say('GET', probes, undefined, { only: NAMES, query: { labelSelector } });
      }
      for (const labelSelector of ['a b c', '=x']) await talk.say('GET', probes, undefined, { query: { labelSelector }, anyMessage: true });
      await talk.say('GET', probes, undefined, { only: NAMES, query: { labelSelector: 'app=short', fieldSelector: 'status.node=n1' } });
      await talk.say('GET', `/apis/test.pcapper.io/v1alpha1/namespaces/no-such-namespace/probes`);
      await talk.say('GET', `/apis/test.pcapper.io/v1alpha1/nones`);
      await talk.say('GET', `/apis/test.pcapper.io/v2/probes`);
      await talk.say('GET', `/apis/none.example.com/v1/probes`);
    },
  },
  {
    name: 'lists by version and in pages',
    async tell(talk) {
      const probes = probesOf(talk);
      await population(talk);
      const whole = (await talk.ask('GET', probes)).body;
      const version = whole.metadata.resourceVersion;
      await talk.say('GET', probes, undefined, { only: NAMES, query: { resourceVersion: '0' } });
      await talk.say('GET', probes, undefined, { only: NAMES, query: { resourceVersion: version } });
      await talk.say('GET', probes, undefined, { only: NAMES, query: { resourceVersion: version, resourceVersionMatch: 'NotOlderThan' } });
      await talk.say('GET', probes, undefined, { only: NAMES, query: { resourceVersion: 'junk' } });
      await talk.say('GET', probes, undefined, { only: NAMES, query: { resourceVersion: '999999999' } });
      const first = (await talk.say('GET', probes, undefined, { query: { limit: 2 } })).body;
      await talk.ask('DELETE', `${probes}/theirs`);
      const second = (await talk.say('GET', probes, undefined, { query: { limit: 2, continue: first.metadata.continue } })).body;
      talk.note('pages are of one version', first.metadata.resourceVersion === second.metadata.resourceVersion);
      await talk.say('GET', probes, undefined, { query: { limit: 2, continue: second.metadata.continue } });
      await talk.say('GET', probes, undefined, { query: { limit: 2, fieldSelector: 'status.node=n1' } });
      await talk.say('GET', probes, undefined, { query: { limit: 2, continue: 'junk' }, anyMessage: true });
    },
  },
];
