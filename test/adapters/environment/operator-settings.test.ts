import { describe, expect, it } from 'vitest';
import { OPERATOR_SETTING_LIST, readOperatorSettings } from '../../../src/adapters/environment/operator-settings.ts';
import { parseOptions } from '../../../src/adapters/environment/parse-options.ts';

const GIVEN = { AGENT_IMAGE: 'agent:1' };

describe('who makes captures', () => {
  it('agents do, unless the variable or the option says Jobs; the option counts for more', () => {
    expect(readOperatorSettings(GIVEN).dispatch).toBe('agent');
    expect(readOperatorSettings({ ...GIVEN, DISPATCH: 'job' }).dispatch).toBe('job');
    const options = parseOptions(['--dispatch', 'job'], OPERATOR_SETTING_LIST);
    expect(readOperatorSettings({ ...GIVEN, DISPATCH: 'agent', ...(options as object) }).dispatch).toBe('job');
  });

  it('nonsense is refused, with what is allowed', () => {
    expect(() => readOperatorSettings({ ...GIVEN, DISPATCH: 'jobs' })).toThrow('DISPATCH is "jobs"; it must be one of agent, job.');
    expect(() => parseOptions(['--dispatch', 'Job'], OPERATOR_SETTING_LIST)).toThrow('--dispatch is "Job"; it must be one of agent, job.');
  });
});
