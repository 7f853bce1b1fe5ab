import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Table } from './markdown-tables.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'errors');
const INDEX = 'README.md';
const MESSAGES = /(?<=^## What you see\n\n```text\n).*?(?=^```$)/ms;

/** Absolute path of the page of a code. */
export function errorPagePath(code: string): string {
  return join(FOLDER, `${code}.md`);
}

/** The codes that have a page. */
export function codesWithPage(): readonly string[] {
  return readdirSync(FOLDER).filter((name) => name !== INDEX).map((name) => name.replace(/\.md$/, '')).sort();
}

export function errorPage(code: string): string {
  return readFileSync(errorPagePath(code), 'utf8');
}

/** A page as it is when it shows these messages. */
export function withMessages(page: string, messages: readonly string[]): string {
  if (!MESSAGES.test(page)) throw new Error(`${page.split('\n')[0] ?? ''}: there is no block of text under "What you see"`);
  return page.replace(MESSAGES, () => `${messages.join('\n\n')}\n`);
}

/** Its title and headings. */
export function headingsOf(page: string): readonly string[] {
  return [...page.matchAll(/^#+ .*$/gm)].map(([heading]) => heading);
}

/** What a code means: the first paragraph. */
export function meaningOf(page: string): string {
  return page.split('\n\n')[1] ?? '';
}

export const INDEX_PATH = join(FOLDER, INDEX);

/** The index as it is when it lists all pages, each once, in the order and under the headings of these tables. */
export function errorIndex(tables: readonly Table[]): string {
  const codes = new Set(codesWithPage());
  const areas = [...Map.groupBy(tables, ({ heading }) => heading)].flatMap(([heading, tablesOfArea]) => {
    const here = tablesOfArea.flatMap(({ rows }) => rows.map(([word = '']) => word)).filter((word) => codes.delete(word));
    return here.length === 0 ? [] : [`## ${heading}\n\n${here.map((code) => `- [\`${code}\`](${code}.md): ${meaningOf(errorPage(code))}\n`).join('')}`];
  });
  const [introduction = ''] = readFileSync(INDEX_PATH, 'utf8').split(/^## /m);
  return introduction + areas.join('\n');
}
