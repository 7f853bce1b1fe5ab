import { isIP } from 'node:net';
import { SettingInvalidError } from '../../core/errors/agent-errors.ts';
import { quote } from '../../core/errors/capture-error.ts';

/** One setting: how it is named, what it means, and what is allowed. */
export interface Setting<T> {
  /** Name of the environment variable, or of the key of a ConfigMap: `NODE_NAME`. */
  readonly variable: string;
  /** Name of the option that sets the same on the command line, and counts for more than the variable: `source` of `--source`. Absent: there is none. */
  readonly option?: string | undefined;
  /** What it does and what is allowed, in sentences, for `--help`. */
  readonly help: string;
  /** As it would be written; absent: required, or truly optional when `parse` takes `undefined`. */
  readonly default?: string;
  /**
   * Makes the value of what is given, or of `undefined` where nothing is and there is no default.
   * @throws Error with one sentence that names the variable, what was given, and what is allowed.
   */
  readonly parse: (given: string | undefined, variable: string) => T;
}

/** Every setting of one kind: what its validation and its help are made from. */
export type SettingsTable<Settings> = { readonly [K in keyof Settings]: Setting<Settings[K]> };

/** What is given, by the names of variables. */
export type Texts = Readonly<Record<string, string | undefined>>;

/**
 * Reads settings; an empty text is as not given.
 * @throws SettingInvalidError that names every setting that is wrong
 */
export function readSettings<Settings>(table: SettingsTable<Settings>, given: Texts, advice: string): Settings {
  const problems: string[] = [];
  const entries = Object.entries(table as Readonly<Record<string, Setting<unknown>>>).map(([key, setting]) => {
    try {
      return [key, setting.parse(textOf(setting, given), setting.variable)];
    } catch (error) {
      problems.push((error as Error).message);
      return [key, undefined];
    }
  });
  if (problems.length > 0) throw new SettingInvalidError({ problem: problems.join(' '), advice });
  return Object.fromEntries(entries) as Settings;
}

/** A setting as it was given, or its default as it would be written; `undefined` when there is neither. */
export function textOf({ variable, default: standard }: Pick<Setting<unknown>, 'variable' | 'default'>, given: Texts): string | undefined {
  const text = given[variable];
  return text === undefined || text === '' ? standard : text;
}

/** These settings, one a line, for a `--help`. */
export function settingsHelp(title: string, settings: readonly Omit<Setting<unknown>, 'parse'>[]): string {
  const lines = settings.map(({ variable, option, help, default: standard }) => {
    const asOption = option === undefined ? '' : ` As an option: --${option} VALUE.`;
    const byDefault = standard === undefined ? '' : ` Default: ${standard}.`;
    return `  ${variable.padEnd(24)}${help}${asOption}${byDefault}`;
  });
  return [title, '', ...lines, ''].join('\n');
}

/** `undefined` for what is not allowed. */
export interface Parser<T> {
  (given: string): T | undefined;
  readonly allowed?: string;
}

export function required<T>(parser: Parser<T>, allowed = parser.allowed ?? 'something else') {
  return (given: string | undefined, variable: string): T => {
    if (given === undefined) throw new Error(`${variable} is not set; it must be ${allowed}.`);
    const value = parser(given);
    if (value === undefined) throw new Error(`${variable} is ${quote(given)}; it must be ${allowed}.`);
    return value;
  };
}

export function optional<T>(parser: Parser<T>, allowed?: string) {
  const parse = required(parser, allowed);
  return (given: string | undefined, variable: string): T | undefined => (given === undefined ? undefined : parse(given, variable));
}

export function matching(pattern: RegExp, allowed: string): Parser<string> {
  return Object.assign((given: string) => (pattern.test(given) ? given : undefined), { allowed });
}

export function oneOf<const Choice extends string>(choices: readonly Choice[]): Parser<Choice> {
  return Object.assign((given: string) => choices.find((choice) => choice === given), { allowed: `one of ${choices.join(', ')}` });
}

/** One or more of these, with commas between them; the same twice is once. */
export function listOf<const Choice extends string>(choices: readonly Choice[]): Parser<readonly Choice[]> {
  const one = oneOf(choices);
  const parse = (given: string) => {
    const found = given.split(',').map(one);
    return found.includes(undefined) ? undefined : [...new Set(found.filter((choice) => choice !== undefined))];
  };
  return Object.assign(parse, { allowed: `one or more of ${choices.join(', ')}, with a comma between them` });
}

export function whole(given: string, least: number, most: number, unit = 1): number | undefined {
  const value = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
  return value >= least && value <= most ? value * unit : undefined;
}

export function flag(given: string): boolean | undefined {
  return given === 'true' ? true : given === 'false' ? false : undefined;
}

/** The name of an object of Kubernetes. @param what `a node` */
export function nameOf(what: string): Parser<string> {
  return matching(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, `the name of ${what}`);
}

export function ipAddress(given: string): string | undefined {
  return isIP(given) ? given : undefined;
}
