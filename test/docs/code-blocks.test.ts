import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CodeBlocks, codeBlocksIn, codeBlocksOf, pagesWithCode } from './code-blocks.ts';
import { runEach } from './run-code-blocks.ts';
import { SURROUNDINGS } from './surroundings.ts';

describe('code blocks', () => {
  it('are those of the documentation', () => {
    const pages = pagesWithCode();
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/dependency-injection.md', 'docs/resolvers.md', 'docs/testing.md']));
    const all = pages.flatMap((page) => codeBlocksOf(page).map(({ file }) => `${page} ${file}`));
    expect(all).toEqual(expect.arrayContaining(Object.keys(SURROUNDINGS)));
  });

  it('are found however they are fenced', () => {
    const page = '```ts\n// a.ts\n1;\n```\n~~~~JavaScript title\n```ts\n~~~~\n```sh\n```ts\n```\n- x\n\n  ```typescript\n  2;\n    3;\n  ```\n````mjs\n```js\n4;';
    expect(codeBlocksIn(page)).toEqual([
      { file: 'a.ts', code: '// a.ts\n1;\n' },
      { file: 'block-2.js', code: '```ts\n' },
      { file: 'block-3.ts', code: '2;\n  3;\n' },
      { file: 'block-4.mjs', code: '```js\n4;\n' },
    ]);
  });

  it('that do not compile are told with their lines', () => {
    using blocks = new CodeBlocks('a page', { blocks: codeBlocksIn("```ts\n// wrong.ts\nimport { createCaptureEngine } from 'pcapper';\nawait createCaptureEngine({});\n```\n```js\nconst x = 1;\nx.y;\n```") });
    expect(blocks.errors()).toEqual([expect.stringMatching(/^wrong\.ts:3 .*directory/), expect.stringMatching(/^block-2\.js:2 .*'y'/)]);
  });
});

describe.each(pagesWithCode())('code in %s', { timeout: 300_000 }, (page) => {
  let blocks: CodeBlocks;
  beforeAll(() => {
    blocks = new CodeBlocks(page);
  });
  afterAll(() => blocks[Symbol.dispose]());

  it('compiles', () => expect(blocks.errors()).toEqual([]));

  runEach(page, () => blocks);
});
