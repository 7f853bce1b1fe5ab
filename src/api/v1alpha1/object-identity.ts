import type { RequestIdentity } from '../../core/capture-source.ts';
import { objectName } from './rules/kubernetes-name.ts';
import { objectUid } from './rules/uid.ts';
import { isRecord } from './schema/with-defaults.ts';

const uidRule = objectUid('metadata.uid');
const name = objectName('metadata.name');

/** Name, uid and age of an object; `undefined` for what no API server can have sent. */
export function objectIdentity(object: unknown): RequestIdentity | undefined {
  const metadata = isRecord(object) && isRecord(object['metadata']) ? object['metadata'] : {};
  const { uid, name: given, creationTimestamp } = metadata;
  if (typeof uid !== 'string' || !uidRule.holds(uid) || typeof given !== 'string' || !name.holds(given)) return undefined;
  const createdAt = Date.parse(String(creationTimestamp));
  return { uid, name: given, ...(!Number.isNaN(createdAt) && { createdAt }) };
}
