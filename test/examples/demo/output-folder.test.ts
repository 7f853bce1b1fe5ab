import { rm, stat } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { makeOutputFolder } from '../../../examples/demo/output-folder.ts';

it('gives each of many runs of one moment a folder of its own', async () => {
  const folders = await Promise.all(Array.from({ length: 20 }, makeOutputFolder));
  try {
    expect(new Set(folders).size).toBe(20);
    for (const folder of folders) expect((await stat(folder)).isDirectory()).toBe(true);
  } finally {
    for (const folder of folders) await rm(folder, { recursive: true });
  }
});
