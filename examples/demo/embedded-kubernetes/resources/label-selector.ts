import { badRequest } from '../objects/status-error.ts';
import type { Selector } from './field-selector.ts';

type Labels = Readonly<Record<string, string>>;

/** `a=b`, `a!=b`, `a`, `!a`, `a in (b,c)`, `a notin (b,c)`, joined by commas. @throws StatusError 400 */
export function labelSelector(expression: string): Selector {
  const requirements = expression.split(/,(?![^(]*\))/).map((text) => text.trim()).filter((text) => text !== '').map(requirement);
  return (object) => requirements.every((holds) => holds(object.metadata.labels ?? {}));
}

const KEY = String.raw`[A-Za-z0-9][-A-Za-z0-9_./]*`;
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s+\\(([^)]*)\\)$`);
const EQUALITY = new RegExp(`^(${KEY})\\s*(!=|==|=)\\s*([-A-Za-z0-9_.]*)$`);
const PRESENCE = new RegExp(`^(!?)\\s*(${KEY})$`);

function requirement(text: string): (labels: Labels) => boolean {
  const [, setKey = '', membership, members = ''] = SET.exec(text) ?? [];
  if (membership !== undefined) {
    const values = members.split(',').map((value) => value.trim());
    const isMember = (value: string | undefined) => value !== undefined && values.includes(value);
    return (labels) => isMember(labels[setKey]) === (membership === 'in');
  }
  const [, key = '', operator, value] = EQUALITY.exec(text) ?? [];
  if (operator !== undefined) return (labels) => (labels[key] === value) === (operator !== '!=');
  const [, not, name] = PRESENCE.exec(text) ?? [];
  if (name !== undefined) return (labels) => name in labels === (not === '');
  throw badRequest(`unable to parse requirement: ${text}`);
}
