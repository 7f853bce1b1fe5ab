import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, { readonly 'timeout-minutes'?: number; readonly steps: readonly { readonly uses?: string; readonly run?: string }[] }>>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
const scriptsIn = (text: string) => [...text.matchAll(/\bnpm (?:run (?:--silent )?)?(test\b(?!:)|(?<=run (?:--silent )?)[\w:-]+)/g)].map(([, name = '']) => name);

describe.each(globSync('.github/workflows/*.yml', { cwd: ROOT }))('%s', (path) => {
  const { permissions, jobs } = parse(read(path)) as Workflow;
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  it('runs scripts that there are', () => {
    const named = steps.flatMap(({ run = '' }) => scriptsIn(run));
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('may only read where a job does not say otherwise, and ends', () => {
    expect(permissions).toEqual({ contents: 'read' });
    for (const [name, job] of Object.entries(jobs)) expect(job['timeout-minutes'], name).toBeGreaterThan(0);
  });

  it('uses actions by their commit, since a tag can be moved', () => {
    expect(steps.flatMap(({ uses = [] }) => uses).filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
  });
});

it('the workflow of CI runs every script that .ci/run does', () => {
  const [local, hosted] = [scriptsIn(read('.ci/run')), scriptsIn(read('.github/workflows/ci.yml'))];
  expect(local).toContain('test:e2e');
  expect(local.filter((name) => !hosted.includes(name))).toEqual([]);
});
