import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeBlocksOf } from './code-blocks.ts';
import { type Block, blocksOf, PAGES } from './markdown-blocks.ts';
import { stepsOf } from './shell-steps.ts';
import { NOT_RUN, READ_FOLDERS, READ_PAGES, WALKED_PAGES } from './walked-pages.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly scripts: Readonly<Record<string, string>> };
const E2E = globSync('test/e2e/*.e2e.ts', { cwd: ROOT }).map((file) => readFileSync(join(ROOT, file), 'utf8'));
const API = globSync('api/*.api.md', { cwd: ROOT }).map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n');

/** What sees to the blocks of a language. Any other language is to be added here, with what checks it. */
const CHECKED: Readonly<Record<string, (block: Block) => boolean>> = {
  sh: hasItsCommandsChecked,
  console: hasItsCommandsChecked,
  // Each by test/docs/yaml-blocks.test.ts.
  yaml: () => true,
  json: ({ text }) => (JSON.parse(text), true),
  // Code by test/docs/code-blocks.test.ts, which has all that this finds.
  ...Object.fromEntries(['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'].map((language) => [language, ({ page, text }: Block) => codeBlocksOf(page).some(({ code }) => code === text)])),
  // Messages, which test/docs/error-pages.test.ts writes, and diagrams of what is in the API.
  text: ({ page, text }) => page.startsWith('docs/errors/') || (text.match(/\b(?:[A-Z][a-z]+){2,}\b/g) ?? ['']).every((name) => API.includes(` ${name} `)),
};

function hasItsCommandsChecked({ page }: Block): boolean {
  return page in NOT_RUN || page in READ_PAGES || READ_FOLDERS.some((folder) => page.startsWith(folder));
}

/** What a command names of this project that is not there. */
function missingIn(command: string): readonly string[] {
  const runs = [...command.matchAll(/\bnpm run (?:--silent )?(?<name>[\w:-]+)/g)].map(({ groups }) => groups?.['name'] ?? '');
  const programs = [...command.matchAll(/\bnpx (?<name>[\w@/-]+)/g)].map(({ groups }) => groups?.['name'] ?? '');
  const files = [...command.matchAll(/(?<=^|[\s=])(?:\.ci|deploy|docs|examples|scripts|src|test)\/[\w./-]+/g)].map(([file]) => file);
  return [
    ...runs.filter((name) => !(name in scripts)).map((name) => `npm run ${name}`),
    ...programs.filter((name) => name !== 'pcapper' && !existsSync(join(ROOT, 'node_modules/.bin', name))).map((name) => `npx ${name}`),
    ...files.filter((file) => !existsSync(join(ROOT, file))),
  ];
}

describe.each(PAGES.filter((page) => blocksOf(page).length > 0))('%s', (page) => {
  const blocks = blocksOf(page);

  it('has no block that nothing checks', () => {
    const unchecked = blocks.filter((block) => CHECKED[block.language]?.(block) !== true);
    expect(unchecked.map(({ line, language, text }) => `${page}:${line}: ${language || 'no language'}: ${text.slice(0, 60)}`)).toEqual([]);
  });

  it('has commands that bash understands, of scripts and files that are there', () => {
    const missing = blocks.flatMap(stepsOf).flatMap(({ command, line }) => missingIn(command).map((what) => `${page}:${line}: ${what}`));
    expect(missing).toEqual([]);
  });
});

describe.each(WALKED_PAGES)('%s', (page) => {
  it('is run by an e2e test', () => {
    expect(E2E.some((text) => text.includes(`walkThrough('${page}'`))).toBe(true);
  });

  it('has all the commands that are said not to be run', () => {
    const commands = blocksOf(page).flatMap(stepsOf).map(({ command }) => command);
    expect(Object.keys(NOT_RUN[page]).filter((command) => !commands.includes(command))).toEqual([]);
  });
});

it.each(Object.keys(READ_PAGES))('%s is there, and has commands', (page) => {
  expect(blocksOf(page).flatMap(stepsOf)).not.toEqual([]);
});
