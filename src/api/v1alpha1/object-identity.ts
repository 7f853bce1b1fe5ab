import type { RequestIdentity } from '../../core/capture-source.ts';
import { objectName } from './rules/kubernetes-name.ts';
import { isRecord } from './schema/with-defaults.ts';

/** Kubernetes makes UUIDs (k8s.io/apimachinery, types.UID), but promises only text. */
const UID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const name = objectName('metadata.name');

/** Name and uid of an object; `undefined` for what no API server can have sent. */
export function objectIdentity(object: unknown): RequestIdentity | undefined {
  const metadata = isRecord(object) && isRecord(object['metadata']) ? object['metadata'] : {};
  const { uid, name: given } = metadata;
  if (typeof uid !== 'string' || !UID.test(uid) || typeof given !== 'string' || !name.holds(given)) return undefined;
  return { uid, name: given };
}
