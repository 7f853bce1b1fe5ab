import { cpSync, statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { ConsumerProject } from './consumer-project.ts';

let project: ConsumerProject;
let elsewhere: string;
beforeAll(async () => {
  project = await ConsumerProject.install('bundle');
  await project.run(process.execPath, 'build.js');
  // Where there is no package at all.
  elsewhere = await mkdtemp(join(inject('folder'), 'bundled-'));
  cpSync(join(project.path, 'out'), elsewhere, { recursive: true });
});

describe('bundled by esbuild, without optional peers', () => {
  it.each(['main.mjs', 'main.cjs'])('%s captures on a real disk', async (bundle) => {
    expect(await project.node(join(elsewhere, bundle))).toEqual({
      progress: 'finished',
      packets: { captured: 7, received: 7, dropped: 0 },
      refusal: [true, 'DiskBudgetExceededError'],
      metrics: 'PackageMissing',
      parts: ['function', 'symbol'],
    });
  });

  it('of the library only what is used: a quantity takes 20 kB at most', async () => {
    expect(await project.run(process.execPath, join(elsewhere, 'small.mjs'))).toBe('10000000000\n');
    expect(statSync(join(elsewhere, 'small.mjs')).size).toBeLessThan(20_000);
  });
});
