import { createHash } from 'node:crypto';

/**
 * What an agent in one-shot mode is named by on disk: several of one node share a folder with each other and with the
 * node's resident agent, and those that come after one another for the same capture have the same name.
 */
export function oneShotIdentity(node: string, captureUid: string): string {
  return `${node}.job-${createHash('sha256').update(captureUid).digest('hex').slice(0, 8)}`;
}

/** The identity of an agent in one-shot mode of this node that is this name, or that a name of a file begins with; `undefined` when there is none. */
export function oneShotIdentityIn(name: string, node: string): string | undefined {
  if (!name.startsWith(`${node}.`)) return undefined;
  const part = /^job-[0-9a-f]{8}(?=\.|$)/.exec(name.slice(node.length + 1));
  return part ? `${node}.${part[0]}` : undefined;
}
