import { SETTING_VARIABLES } from './agent-settings.ts';

/** Names of this length or more may differ by two letters in a row, shorter ones by one. */
const LONG = 12;

/**
 * What to tell of variables that nearly have the name of a setting, and are ignored for that: `MAX_TOTAL_FILE_SIZE`.
 * One sentence or two for each.
 * @param whose completes "is no setting of"
 */
export function misspelledSettings(
  environment: Readonly<Record<string, string | undefined>>,
  variables: readonly string[] = SETTING_VARIABLES,
  whose = 'the agent',
): string[] {
  return Object.keys(environment)
    .filter((given) => !variables.includes(given))
    .flatMap((given) => {
      const meant = meantSetting(given, variables.filter((variable) => environment[variable] === undefined));
      return meant === undefined ? [] : [`${given} is no setting of ${whose} and is ignored. Did you mean ${meant}?`];
    });
}

/** The one of these names that was probably meant. */
export function meantSetting(given: string, variables: readonly string[]): string | undefined {
  return variables.find((variable) => isNearly(given, variable));
}

function isNearly(given: string, variable: string): boolean {
  const [words, meant] = [wordsOf(given.toUpperCase()), wordsOf(variable)];
  if (words.toSorted().join() === meant.toSorted().join()) return true;
  const [one, other] = differenceOf(words.join(''), meant.join(''));
  const isSwap = one.length === 2 && one[0] === other[1] && one[1] === other[0];
  return isSwap || Math.max(one.length, other.length) <= (variable.length < LONG ? 1 : 2);
}

function wordsOf(name: string): string[] {
  return name.split(/[^A-Z0-9]+/);
}

/** What is between the beginning and the end that both have. */
function differenceOf(one: string, other: string): [string, string] {
  const shorter = Math.min(one.length, other.length);
  let begin = 0;
  while (begin < shorter && one[begin] === other[begin]) begin += 1;
  let end = 0;
  while (end < shorter - begin && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  return [one.slice(begin, one.length - end), other.slice(begin, other.length - end)];
}
