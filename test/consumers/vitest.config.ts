import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { SkipReporter } from '../harness/skip-reporter.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('../..'),
  test: {
    include: ['test/consumers/*.consumer.ts'],
    globalSetup: here('./global-setup.ts'),
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 240_000,
    hookTimeout: 240_000,
    reporters: ['verbose', new SkipReporter()],
  },
});
