import { defineConfig } from 'vitest/config';
import { fileURLToPath } from 'node:url';
import { SkipReporter } from './test/harness/skip-reporter.ts';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^pcapper$/, replacement: source('./src/index.ts') },
      { find: /^pcapper\/kubernetes$/, replacement: source('./src/adapters/kubernetes/index.ts') },
      { find: /^pcapper\/operator$/, replacement: source('./src/operator/index.ts') },
      { find: /^pcapper\/di$/, replacement: source('./src/di/index.ts') },
      { find: /^pcapper\/testing$/, replacement: source('./src/testing/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default', new SkipReporter()],
    pool: 'forks',
    maxWorkers: 2,
  },
});
