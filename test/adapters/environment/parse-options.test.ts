import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../../src/adapters/environment/parse-options.ts';
import { oneOf, required, type Setting, settingsHelp } from '../../../src/adapters/environment/settings-table.ts';
import { SettingInvalidError } from '../../../src/core/errors/agent-errors.ts';

const SETTINGS: readonly Setting<unknown>[] = [
  { variable: 'TASTE', option: 'taste', help: 'Sweet or sour.', default: 'sweet', parse: required(oneOf(['sweet', 'sour'])) },
  { variable: 'NODE_NAME', help: 'Has no option.', parse: required((given) => given, 'a name') },
];

describe('options of a command line', () => {
  it('set what the variable of the setting does', () => {
    expect(parseOptions([], SETTINGS)).toEqual({});
    expect(parseOptions(['--taste', 'sour'], SETTINGS)).toEqual({ TASTE: 'sour' });
    expect(parseOptions(['--taste=sweet'], SETTINGS)).toEqual({ TASTE: 'sweet' });
  });

  it('may be switches, which have no value and set nothing', () => {
    expect(parseOptions(['--once', '--taste', 'sour'], SETTINGS, ['once'])).toEqual({ TASTE: 'sour' });
    expect(() => parseOptions(['--once=yes'], SETTINGS, ['once'])).toThrow(/^Option '--once' does not take an argument\. The options are: --taste VALUE, --once, --help\./);
  });

  it('ask for help, whatever else there is', () => {
    expect(parseOptions(['--help'], SETTINGS)).toBe('help');
    expect(parseOptions(['--taste', 'salty', '--help'], SETTINGS)).toBe('help');
  });

  const WRONG: readonly (readonly [argv: readonly string[], says: RegExp])[] = [
    [['--tast', 'sour'], /^Unknown option '--tast'\. The options are: --taste VALUE, --help\. All else is set by environment variables: see --help\.$/],
    [['--node_name', 'n1'], /^Unknown option '--node_name'\./],
    [['-t'], /^Unknown option '-t'\./],
    [['sour'], /^Unexpected argument 'sour'\./],
    [['--', '--taste'], /^Unexpected argument '--taste'\./],
    [['--taste'], /^Option '--taste <value>' argument missing\./],
    [['--taste', '--help'], /^Option '--taste' argument is ambiguous\./],
    [['--taste', 'salty'], /^--taste is "salty"; it must be one of sweet, sour\. See --help\.$/],
    [['--taste', ''], /^--taste is ""; it must be one of sweet, sour\./],
    [['--taste', 'sour', '--taste', 'sour'], /^--taste is given 2 times\. Give it once\.$/],
    [['--help=yes'], /^Option '--help' does not take an argument\./],
  ];
  for (const [argv, says] of WRONG) {
    it(`${JSON.stringify(argv)} is refused, and it is said what is allowed`, () => {
      expect(() => parseOptions(argv, SETTINGS)).toThrow(SettingInvalidError);
      expect(() => parseOptions(argv, SETTINGS)).toThrow(says);
    });
  }

  it('are in the help of their settings', () => {
    expect(settingsHelp('All:', SETTINGS)).toBe(
      'All:\n\n  TASTE                   Sweet or sour. As an option: --taste VALUE. Default: sweet.\n  NODE_NAME               Has no option.\n',
    );
  });
});
