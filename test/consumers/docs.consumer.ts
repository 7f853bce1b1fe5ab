import { beforeAll, describe, expect, it } from 'vitest';
import { CodeBlocks, pagesWithCode } from '../docs/code-blocks.ts';
import { runEach } from '../docs/run-code-blocks.ts';
import { ConsumerProject } from './consumer-project.ts';

/** The pages' code, in a project that has the package and what the pages say is to be installed beside it. */
let project: ConsumerProject;
const pages = new Map<string, CodeBlocks>();
beforeAll(async () => {
  project = await ConsumerProject.install('docs');
  for (const page of pagesWithCode()) pages.set(page, new CodeBlocks(page, { within: project.path, options: [] }));
});

it('the code of all pages compiles', async () => {
  expect(await project.compile()).toBe('');
});

describe.each(pagesWithCode())('the code of %s', (page) => {
  runEach(page, () => {
    const blocks = pages.get(page);
    if (!blocks) throw new Error(`${page} has no code`);
    return blocks;
  });
});
