import { probe, probesOf } from './probe.ts';
import type { Chapter } from './talk.ts';

/** Versions that the server no longer knows: 410. */
export const expiry: readonly Chapter[] = [
  {
    name: 'versions that have expired',
    async tell(talk) {
      const probes = probesOf(talk);
      for (const name of ['a', 'b', 'c']) await talk.ask('POST', probes, probe(name));
      const { metadata } = (await talk.ask('GET', probes, undefined, { query: { limit: 1 } })).body;
      await talk.ask('POST', probes, probe('later'));
      await talk.expireHistory();
      await talk.until(200, 'GET', probes);
      await talk.say('GET', probes, undefined, { query: { limit: 1, continue: metadata.continue } });
      await using watch = await talk.watch(probes, { resourceVersion: metadata.resourceVersion });
      await watch.next(1);
      await watch.end();
      const now = (await talk.ask('GET', probes)).body.metadata;
      await using next = await talk.watch(probes, { resourceVersion: now.resourceVersion });
      await talk.ask('DELETE', `${probes}/a`);
      await next.next(1);
    },
  },
];
