import { expect, it } from 'vitest';
import { requires } from '../harness/requirements.ts';
import { type CodeBlocks, codeBlocksOf } from './code-blocks.ts';
import { AS_IT_IS, SURROUNDINGS } from './surroundings.ts';

/** A test for each block of a page: it runs, and when it is a test it passes. */
export function runEach(page: string, blocks: () => CodeBlocks): void {
  for (const { file } of codeBlocksOf(page)) {
    const { needs, run, says = /(?:)/ } = SURROUNDINGS[`${page} ${file}`] ?? AS_IT_IS;
    requires(...needs).describe(file, () => {
      it('runs', async () => {
        const said = await run(blocks(), file);
        expect(said).toMatch(says);
        if (file.includes('.test.')) expect(said).toMatch(/# pass [1-9]\d*\n# fail 0/);
      });
    });
  }
}
