import { badRequest } from '../objects/status-error.ts';
import type { ListQuery } from '../resources/list.ts';

export const isTrue = (text: string | null) => text === '1' || text === 'true';

/** @throws StatusError 400 */
export function readNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

export function listQuery(query: URLSearchParams): ListQuery {
  return {
    fieldSelector: query.get('fieldSelector') ?? undefined,
    labelSelector: query.get('labelSelector') ?? undefined,
    resourceVersion: query.get('resourceVersion') ?? undefined,
    continue: query.get('continue') ?? undefined,
    limit: readNumber(query, 'limit'),
  };
}
