import type { Requirement } from '../harness/requirements.ts';
import type { CodeBlocks } from './code-blocks.ts';
import { FOR_NODE_OF_ITS_OWN, ON_NODE_OF_ITS_OWN } from './node-of-its-own.ts';

/** What a block is run in. */
export interface Surroundings {
  readonly needs: readonly Requirement[];
  /** @returns what it wrote to stdout */
  readonly run: (blocks: CodeBlocks, file: string) => Promise<string>;
}

export const AS_IT_IS: Surroundings = { needs: [], run: (blocks, file) => blocks.run(file) };
const onNodeOfItsOwn: Surroundings = { needs: FOR_NODE_OF_ITS_OWN, run: (blocks, file) => blocks.run(file, { prefix: ON_NODE_OF_ITS_OWN }) };

/** Blocks that need more than Node.js. All others are run as they are. */
export const SURROUNDINGS: Readonly<Record<string, Surroundings>> = {
  'README.md capture.ts': onNodeOfItsOwn,
  'docs/resolvers.md acme-resolver.test.ts': onNodeOfItsOwn,
};
