import type { DependencyContainer } from 'tsyringe';
import type { Hostmount } from '../adapters/disk/open-hostmount.ts';
import { quote, SettingInvalidError } from '../core/errors/index.ts';

/** What an option must be, and how that is told from something else. */
interface Allowed {
  readonly is: string;
  /** Its type, or fields that it has with theirs. */
  readonly has: 'string' | Readonly<Record<string, 'string' | 'object' | 'function'>>;
  readonly isOptional?: true;
}

export const CONNECTION: Allowed = { is: 'what loadConnection of pcapper/kubernetes gives, awaited', has: { server: 'object', requestOptions: 'function' } };
export const HOSTMOUNT: Allowed = { is: 'what openHostmount gives, awaited', has: { node: 'string', directory: 'object', ledger: 'object', meter: 'object' } };
export const LOGGER: Allowed = { is: 'an object with debug, info, warn and error, as a pino logger or silentLogger', has: { debug: 'function', info: 'function', warn: 'function', error: 'function' } };
export const METRICS: Allowed = { is: 'what createAgentMetrics gives, awaited, or nothing', has: { countRelist: 'function', countApiCall: 'function' }, isOptional: true };
export const IDENTITY: Allowed = { is: 'what oneShotIdentity gives', has: 'string' };
export const AGENT_SETTINGS: Allowed = { is: 'what readAgentSettings gives', has: { nodeName: 'string', sources: 'object' } };
export const ONE_SHOT_SETTINGS: Allowed = { is: 'what readOneShotSettings gives', has: { nodeName: 'string', order: 'object' } };
export const OPERATOR_SETTINGS: Allowed = { is: 'what readOperatorSettings gives', has: { agentImage: 'string', dispatch: 'string' } };

/**
 * Refuses, before anything is registered, what would fail later in the depth of some part, or be felt elsewhere.
 * @param who as messages name it
 * @throws SettingInvalidError
 */
export function checkRegistration(who: string, container: DependencyContainer, options: unknown, allowed: Readonly<Record<string, Allowed>>): void {
  checkContainer(who, container);
  const given = (options ?? {}) as Readonly<Record<string, unknown>>;
  const wrong = Object.entries(allowed).filter(([name, { has, isOptional }]) => !(isOptional && given[name] === undefined) && !fits(given[name], has));
  if (wrong.length === 0) return;
  throw new SettingInvalidError({
    problem: `${who} was given wrong options: ${wrong.map(([name]) => `${name} is ${given[name] === undefined ? 'not given' : describe(given[name])}`).join('; ')}.`,
    advice: `Allowed are: ${wrong.map(([name, { is }]) => `as ${name} ${is}`).join('; ')}.`,
  });
}

/**
 * A hostmount is one engine's: it reads the manifests of the name that it was opened by, and of no other.
 * @param user as a message names it: `settings of "n1"`
 * @throws SettingInvalidError
 */
export function checkHostmount(who: string, hostmount: Hostmount, node: string, user: string): void {
  if (hostmount.node === node) return;
  throw new SettingInvalidError({
    problem: `${who} was given a hostmount that was opened as ${quote(hostmount.node)}, and ${user}.`,
    advice: `Open it under the name that it is used by: openHostmount({ path, node: ${quote(node)} }).`,
  });
}

function checkContainer(who: string, container: unknown): void {
  const advice = 'Give it one of your own: container.createChildContainer(), or await createContainer() of pcapper/di.';
  if (!fits(container, { register: 'function', resolve: 'function', createChildContainer: 'function' })) {
    throw new SettingInvalidError({ problem: `${who} was given ${describe(container)}, which is no container of tsyringe.`, advice });
  }
  // Of tsyringe's containers the global one alone has no parent. To compare them tsyringe would have to be loaded, perhaps a second copy.
  if (typeof container === 'object' && container !== null && 'parent' in container && container.parent === undefined) {
    throw new SettingInvalidError({ problem: `${who} was given tsyringe's global container, which all of the program shares.`, advice });
  }
}

function fits(given: unknown, has: Allowed['has']): boolean {
  if (has === 'string') return typeof given === has;
  if (typeof given !== 'object' || given === null) return false;
  return Object.entries(has).every(([name, type]) => {
    const field = (given as Readonly<Record<string, unknown>>)[name];
    return typeof field === type && field !== null;
  });
}

/** Not what is in an object: it may be a secret. */
function describe(given: unknown): string {
  if (given instanceof Promise) return 'a Promise';
  if (typeof given === 'object' && given !== null) return 'another object';
  return typeof given === 'string' ? quote(given) : String(given);
}
