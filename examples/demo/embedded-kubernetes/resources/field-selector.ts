import { isObject, type KubernetesObject } from '../objects/kubernetes-object.ts';
import { badRequest } from '../objects/status-error.ts';

export type Selector = (object: KubernetesObject) => boolean;

/** @param supported the fields that may be named. @throws StatusError 400 */
export function fieldSelector(expression: string, supported: readonly string[]): Selector {
  const terms = expression.split(',').filter((term) => term !== '').map((term) => {
    const [, field, operator, wanted] = /^([^=!]*)(!=|==|=)(.*)$/.exec(term) ?? [];
    if (field === undefined || wanted === undefined) throw badRequest(`invalid selector: '${expression}'; can't understand '${term}'`);
    if (!supported.includes(field)) throw badRequest(`field label not supported: ${field}`);
    return { path: field.split('.'), equal: operator !== '!=', wanted };
  });
  return (object) => terms.every(({ path, equal, wanted }) => (fieldOf(object, path) === wanted) === equal);
}

/** An absent field is the empty string to a selector. */
function fieldOf(object: KubernetesObject, path: readonly string[]): string {
  let value: unknown = object;
  for (const key of path) value = isObject(value) ? value[key] : undefined;
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);
}
