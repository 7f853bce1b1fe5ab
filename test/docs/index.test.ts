import { globSync } from 'node:fs';
import { expect, it } from 'vitest';
import { docsText } from './markdown-tables.ts';

it('docs/README.md leads to every page and every decision', () => {
  const docs = new URL('../../docs/', import.meta.url).pathname;
  const pages = globSync(['*.md', 'decisions/*.md', 'errors/README.md'], { cwd: docs }).filter((page) => page !== 'README.md');
  const linked = [...docsText('README.md').matchAll(/\]\(([^)#]+\.md)\)/g)].map(([, path]) => path);
  expect(linked).toEqual(expect.arrayContaining(pages));
});
