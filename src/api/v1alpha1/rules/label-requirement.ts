import type { Rule } from './rule.ts';

/** `In` and `NotIn` compare with values, `Exists` and `DoesNotExist` do not. */
export const labelRequirement: Rule<Readonly<Record<string, unknown>>> = {
  cel: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
  message: 'values must hold at least one value for the operators In and NotIn, and none for Exists and DoesNotExist',
  holds: ({ operator, values }) => (operator === 'In' || operator === 'NotIn') === (Array.isArray(values) && values.length > 0),
};
