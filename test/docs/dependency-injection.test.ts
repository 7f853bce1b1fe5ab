import { expect, it } from 'vitest';
import { ONE_SHOT_TOKENS, OPERATOR_TOKENS, TOKENS } from 'pcapper/di';
import { docsText, tablesOf } from './markdown-tables.ts';

it.each([
  ['Tokens of the agent', TOKENS],
  ['Tokens of the one-shot mode', ONE_SHOT_TOKENS],
  ['Tokens of the operator', OPERATOR_TOKENS],
])('%s are all told, in their order, and no others', (section, tokens) => {
  const table = tablesOf(docsText('dependency-injection.md')).find(({ heading }) => heading === section);
  expect(table?.rows.map(([token]) => token)).toEqual(Object.keys(tokens));
});
