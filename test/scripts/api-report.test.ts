import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const entries = globSync('api/*.api.md', { cwd: ROOT }).map((path) => ({ entry: basename(path, '.api.md'), text: readFileSync(join(ROOT, path), 'utf8') }));

it('there is a report of each entry', () => {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly exports: object };
  const offered = Object.keys(exports).filter((path) => path !== './package.json').map((path) => `pcapper${path.slice(1).replace('/', '.')}`);
  expect(entries.map(({ entry }) => entry).sort()).toEqual(offered.sort());
});

it.each(entries)('every member of $entry is told, and none is of the type any', ({ text }) => {
  const lines = text.split('\n').filter((line) => line.includes('(undocumented)') || (!/^\s*\/[/*]/.test(line) && /[:<(|,]\s*any\b/.test(line)));
  expect(lines).toEqual([]);
});

it('the main entry has no type of a package that need not be installed', () => {
  const { text } = entries.find(({ entry }) => entry === 'pcapper') ?? { text: '' };
  expect(text).toContain('createCaptureEngine');
  expect([...text.matchAll(/^import .* from '(?!node:)(.*)';$/gm)].map(([, from]) => from)).toEqual([]);
});
