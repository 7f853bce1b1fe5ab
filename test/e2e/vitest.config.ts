import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { InOrder } from './in-order.ts';
import { SkipReporter } from '../harness/skip-reporter.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('../..'),
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    globalSetup: here('./global-setup.ts'),
    setupFiles: here('./evidence/collect-at-failure.ts'),
    // One cluster for all.
    fileParallelism: false,
    sequence: { sequencer: InOrder },
    pool: 'forks',
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ['verbose', new SkipReporter()],
  },
});
