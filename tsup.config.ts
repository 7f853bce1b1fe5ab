import type { Plugin } from 'esbuild';
import { defineConfig } from 'tsup';
import { writeCommonJs } from './scripts/build/write-common-js.ts';

/** Of @kubernetes/client-node the program `pcapper` has its KubeConfig, without what that needs to make API clients of its own. */
const kubeConfigOnly: Plugin = {
  name: 'kube-config-only',
  setup(build) {
    build.onResolve({ filter: /^(undici|\.\/gen\/index\.js|\.\/middleware\.js)$/ }, ({ path, importer }) =>
      /@kubernetes\/client-node\/dist\/config\.js$/.test(importer) ? { path, namespace: 'left-out' } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => { if (name !== '__esModule') throw new Error(${JSON.stringify(path)} + ' is left out; asked for ' + String(name)); } });`,
    }));
  },
};

const common = { target: 'node22', platform: 'node', sourcemap: true } as const;
const entry = {
  index: 'src/index.ts',
  kubernetes: 'src/adapters/kubernetes/index.ts',
  operator: 'src/operator/index.ts',
  di: 'src/di/index.ts',
  testing: 'src/testing/index.ts',
};

export default defineConfig([
  {
    ...common,
    entry,
    format: ['esm'],
    splitting: true,
    // All are built at the same time.
    clean: ['!cli.js*', '!*.d.ts', '!*.d.cts'],
    onSuccess: () => writeCommonJs('dist', ['cli.js']),
  },
  { entry, format: ['esm', 'cjs'], dts: { only: true }, clean: ['*.d.ts', '*.d.cts'] },
  {
    ...common,
    // One file with all that it needs: `npx pcapper` installs no optional peers.
    entry: { cli: 'src/cli/main.ts' },
    format: ['esm'],
    splitting: false,
    sourcemap: false,
    minify: true,
    noExternal: [/./],
    esbuildPlugins: [kubeConfigOnly],
    esbuildOptions(options) {
      options.alias = { '@kubernetes/client-node': '@kubernetes/client-node/dist/config.js' };
      options.legalComments = 'linked';
    },
    // For the CommonJS among what is bundled.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  },
]);
