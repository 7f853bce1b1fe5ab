import { parseArgs } from 'node:util';
import { SettingInvalidError } from '../../core/errors/agent-errors.ts';
import { errorMessage } from '../../core/errors/capture-error.ts';
import type { Setting, Texts } from './settings-table.ts';

/**
 * Reads a command line, on which those settings that have an option may be given, switches, which have no value, and `--help`.
 * @returns what is given, by the names of the variables; or `help`, when that is asked for
 * @throws SettingInvalidError for an unknown option, a value that is not allowed, or anything else
 */
export function parseOptions(argv: readonly string[], settings: readonly Setting<unknown>[], switches: readonly string[] = []): Texts | 'help' {
  const withOption = settings.flatMap((setting) => (setting.option === undefined ? [] : [{ ...setting, option: setting.option }]));
  const values = parse(argv, withOption.map(({ option }) => option), switches);
  if (values['help'] !== undefined) return 'help';
  const given = withOption.flatMap(({ option, variable, parse: check }) => {
    const [value, ...more] = (values[option] ?? []) as readonly string[];
    if (more.length > 0) throw wrong(`--${option} is given ${more.length + 1} times.`, 'Give it once.');
    if (value === undefined) return [];
    try {
      check(value, `--${option}`);
    } catch (error) {
      throw wrong(errorMessage(error), 'See --help.');
    }
    return [[variable, value]];
  });
  return Object.fromEntries(given) as Texts;
}

function parse(argv: readonly string[], options: readonly string[], switches: readonly string[]): Readonly<Record<string, unknown>> {
  const texts = options.map((option) => [option, { type: 'string', multiple: true }] as const);
  const booleans = [...switches, 'help'].map((option) => [option, { type: 'boolean' }] as const);
  try {
    return parseArgs({ args: [...argv], options: { ...Object.fromEntries(texts), ...Object.fromEntries(booleans) } }).values;
  } catch (error) {
    // Its own advice, for an unknown option, is how to pass that as an argument.
    const [problem = ''] = errorMessage(error).split(/\.\s|\n/);
    const known = [...options.map((option) => `--${option} VALUE`), ...[...switches, 'help'].map((option) => `--${option}`)];
    throw wrong(`${problem.replace(/\.$/, '')}.`, `The options are: ${known.join(', ')}. All else is set by environment variables: see --help.`);
  }
}

function wrong(problem: string, advice: string): SettingInvalidError {
  return new SettingInvalidError({ problem, advice });
}
