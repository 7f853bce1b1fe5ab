import { SettingInvalidError } from './errors/agent-errors.ts';
import { quote } from './errors/capture-error.ts';

/**
 * Checks a setting that code was given. Callers may be JavaScript.
 * @param allowed what it must be: `a whole number from 1`
 * @throws SettingInvalidError naming the setting, what was given and what is allowed
 */
export function checkSetting(holds: boolean, name: string, given: unknown, allowed: string): asserts holds {
  if (!holds) throw new SettingInvalidError({ problem: `${name} is ${quote(given)}.`, advice: `It must be ${allowed}.` });
}
