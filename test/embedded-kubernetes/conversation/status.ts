import { MERGE, probe, probesOf } from './probe.ts';
import type { Chapter } from './talk.ts';

/** The status subresource. */
export const status: readonly Chapter[] = [
  {
    name: 'spec and status are written apart',
    async tell(talk) {
      const probes = probesOf(talk);
      const created = (await talk.ask('POST', probes, probe('one', { pod: 'a' }))).body;
      await talk.say('GET', `${probes}/one/status`);
      const stated = await talk.say('PUT', `${probes}/one/status`, {
        ...created,
        metadata: { ...created.metadata, labels: { from: 'status' } },
        spec: { pod: 'ignored' },
        status: { progress: 'running', node: 'n1', unknown: 1 },
      });
      await talk.say('PUT', `${probes}/one/status`, { ...created, status: { progress: 'finished' } });
      await talk.say('PUT', `${probes}/one`, { ...stated.body, spec: { pod: 'b' }, status: { progress: 'failure' } });
      await talk.say('PATCH', `${probes}/one`, { spec: { stop: true }, status: { node: 'ignored' } }, { contentType: MERGE });
      await talk.say('PATCH', `${probes}/one/status`, { spec: { stop: false }, status: { node: 'n2', progress: null } }, { contentType: MERGE });
      await talk.say('PATCH', `${probes}/one/status`, { status: null }, { contentType: MERGE });
      await talk.say('PATCH', `${probes}/one/status`, { status: { progress: 'nonsense' } }, { contentType: MERGE });
      await talk.say('PATCH', `${probes}/none/status`, { status: { progress: 'running' } }, { contentType: MERGE });
      await talk.say('DELETE', `${probes}/one/status`);
      await talk.say('GET', `${probes}/one/log`);
    },
  },
  {
    name: 'a status write that spec rules are checked on',
    async tell(talk) {
      const probes = probesOf(talk);
      await talk.ask('POST', probes, probe('one', { pod: 'a' }));
      await talk.say('PATCH', `${probes}/one/status`, { status: { conditions: [{ type: 'A' }] } }, { contentType: MERGE });
      await talk.say('PATCH', `${probes}/one/status`, { status: { conditions: [{ type: 'A', status: 'True' }, { type: 'A', status: 'False' }] } }, { contentType: MERGE });
      await talk.say('PATCH', `${probes}/one/status`, { status: { files: [{ name: 'a', bytes: 1.5 }] } }, { contentType: MERGE });
      await talk.say('PATCH', `${probes}/one/status`, { status: { files: [{ name: 'a', bytes: 5, more: 1 }] } }, { contentType: MERGE });
    },
  },
];
