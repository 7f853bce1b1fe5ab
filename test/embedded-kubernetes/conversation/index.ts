import { apply } from './apply.ts';
import { coreResources } from './core-resources.ts';
import { definitions } from './definitions.ts';
import { discovery } from './discovery.ts';
import { expiry } from './expiry.ts';
import { lists } from './lists.ts';
import { objects } from './objects.ts';
import { packetCaptures } from './packet-captures.ts';
import { patches } from './patches.ts';
import { status } from './status.ts';
import type { Chapter } from './talk.ts';
import { watches } from './watches.ts';

/** Everything that is said to both servers. */
export const conversation: readonly Chapter[] = [
  ...objects,
  ...status,
  ...patches,
  ...apply,
  ...lists,
  ...watches,
  ...definitions,
  ...coreResources,
  ...discovery,
  ...packetCaptures,
  ...expiry,
];
