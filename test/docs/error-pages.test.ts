import { describe, expect, it } from 'vitest';
import { NodeLostError } from '../../src/core/errors/index.ts';
import { ERROR_EXAMPLES } from './error-examples.ts';
import { codesWithPage, errorIndex, errorPage, errorPagePath, headingsOf, INDEX_PATH, meaningOf, withMessages } from './error-pages.ts';
import { docsText, tablesOf } from './markdown-tables.ts';
import { STATUS_EXAMPLES } from './status-examples.ts';
import { errorClasses, membersOfType, reasonsOfSource } from './words-of-source.ts';

/** What is told under each code, as people see it. */
const MESSAGES = new Map(Object.entries(STATUS_EXAMPLES));
for (const error of ERROR_EXAMPLES) {
  // Only its code is used; a status has other words for it.
  if (!(error instanceof NodeLostError)) MESSAGES.set(error.code, [...(MESSAGES.get(error.code) ?? []), `${error.problem}\n${error.advice}`]);
}

const count = (names: readonly string[]) => names.toSorted().map((name, at, all) => `${name} ${all.indexOf(name) === at ? '' : 'again'}`);

describe('examples of errors', () => {
  it('has one of each class', () => {
    const constructors = new Set(ERROR_EXAMPLES.map((error) => error.constructor));
    expect(count([...constructors].map(({ name }) => name))).toEqual(count(errorClasses().map(({ name }) => name)));
  });
});

describe('commands in messages', () => {
  const all = [...MESSAGES.values()].flat();

  it('name the namespace of what is in one', () => {
    expect(all.filter((message) => /kubectl (?:describe|delete|patch|wait|cp|logs|exec) (?!node|crd|tells)/.test(message))).toEqual([]);
    expect(all.filter((message) => /kubectl -n \S+ (?:describe|delete|patch|wait|cp) /.test(message)).length).toBeGreaterThan(5);
  });

  it('are such as kubectl takes: describe selects by labels alone', () => {
    expect(all.filter((message) => /kubectl [^.;]*\bdescribe [^.;]*--field-selector/.test(message))).toEqual([]);
  });
});

describe('docs/errors', () => {
  it('has a page for each code and each ending, and no other', () => {
    const told = reasonsOfSource();
    expect(codesWithPage().filter((code) => !told.has(code)), 'told by nobody').toEqual([]);
    expect(codesWithPage()).toEqual([...MESSAGES.keys()].sort());
    expect(codesWithPage()).toEqual(expect.arrayContaining([...membersOfType('FinishReason'), ...membersOfType('SetEndReason')]));
  });

  // `npx vitest run test/docs/error-pages.test.ts -u` writes the messages into the pages, and the meanings into the index.
  it.each([...MESSAGES])('%s shows what people see', async (code, messages) => {
    await expect(withMessages(errorPage(code), messages)).toMatchFileSnapshot(errorPagePath(code));
  });

  it.each([...MESSAGES.keys()])('%s says what it means, why it happens and what to do', (code) => {
    const page = errorPage(code);
    expect(headingsOf(page)).toEqual([`# ${code}`, '## What you see', '## Why it happens', '## What to do']);
    expect(meaningOf(page)).toMatch(/^[^\n]{10,200}\.$/);
    expect(page).toMatch(/^Where: .+\n\nTried again by itself: .+$/m);
  });

  it('has an index by area', async () => {
    await expect(errorIndex(tablesOf(docsText('operations.md')))).toMatchFileSnapshot(INDEX_PATH);
    expect(codesWithPage().filter((code) => !errorIndex(tablesOf(docsText('operations.md'))).includes(`(${code}.md)`))).toEqual([]);
  });

  it('is linked wherever docs/operations.md explains a code', () => {
    const lines = docsText('operations.md').split('\n');
    const unlinked = codesWithPage().filter((code) => lines.some((line) => line.startsWith(`| \`${code}\` |`)));
    expect(unlinked).toEqual([]);
  });
});
