// Bundles the standalone agent and the operator. Images are made of it. `npm run bundle -- --help`
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { misused, readCommandLine } from './command-line.ts';

const ROOT = join(import.meta.dirname, '..');
const HELP = `npm run bundle [-- FOLDER]

Bundles the standalone agent (agent.cjs) and the operator (operator.cjs), with all that they need of node_modules.

  FOLDER    where to, by default bundle/. What is in it is removed first
  --help    shows this

Ends with 0, with 1 when it failed, 2 for an unknown option.
`;
const {
  positionals: [OUTPUT = join(ROOT, 'bundle'), ...more],
} = readCommandLine(HELP, { allowPositionals: true, options: {} });
if (more.length > 0) misused(`One folder is written; ${JSON.stringify(more.join(' '))} is too much.`, HELP);

/** Its programs, by the example that each is. */
const PROGRAMS: Readonly<Record<string, string>> = { agent: 'standalone-agent', operator: 'operator' };

/**
 * Both rest most of the time, and what was once taken is given back late. So one heap of malloc for all threads
 * (mallopt(3), M_ARENA_MAX) in place of one for each, and no 16 MB for young objects: 1.4 and 2 to 6 MB less. Of V8's
 * compilers only the one that optimizes, and it only what is really hot (100,000 calls in place of 3,000; loops as ever):
 * walking through a pcap file is as fast, and no code is made for all that runs now and then, which takes 6 MB after a
 * thousand captures and grows for hours.
 */
const FIRST_LINE =
  '#!/usr/bin/env -S MALLOC_ARENA_MAX=1 node --max-semi-space-size=1 --no-sparkplug --no-maglev --invocation-count-for-turbofan=100000';

/** Packages with a file of their own, which is loaded when the first thing in it is asked for. */
const LOADED_LATER: Readonly<Record<string, string>> = {
  // At the first capture, for METRICS, for a kubeconfig.
  execa: 'execa',
  'prom-client': 'prom-client',
  // Of the client there is only its KubeConfig, without the models of all resources.
  '@kubernetes/client-node': '@kubernetes/client-node/dist/config.js',
  // Of that in turn: OpenID Connect, the commands of cloud providers, proxies.
  'openid-client': 'openid-client',
  'jsonpath-plus': 'jsonpath-plus',
  socks: 'socks',
  'socks-proxy-agent': 'socks-proxy-agent',
  hpagent: 'hpagent',
};

/** What KubeConfig needs to make API clients of its own. Nobody here asks for one: 1.1 MB of code, 18 MB of memory. */
const LEFT_OUT = { importer: /@kubernetes\/client-node\/dist\/config\.js$/, path: /^(undici|\.\/gen\/index\.js|\.\/middleware\.js)$/ };

const fileOf = (name: string) => `${name.replace(/^@[^/]+\//, '')}.cjs`;

/** A CommonJS module whose members are got when they are used. As the prototype, since esbuild copies what a module has itself. */
const standIn = (get: string) =>
  `module.exports = Object.create(new Proxy({}, { get: (_, name) => (name === '__esModule' ? undefined : ${get}) }));`;

const packages: Plugin = {
  name: 'packages',
  setup(setup) {
    setup.onResolve({ filter: /./ }, ({ kind, path, importer, namespace }) => {
      if (namespace === 'loaded-later') return { path, external: true };
      if (LEFT_OUT.path.test(path) && LEFT_OUT.importer.test(importer)) return { path, namespace: 'left-out' };
      if (kind === 'entry-point' || !(path in LOADED_LATER)) return undefined;
      return kind === 'dynamic-import' ? { path: `./${fileOf(path)}`, external: true } : { path, namespace: 'loaded-later' };
    });
    setup.onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => ({
      contents: standIn(`(() => { throw new Error(${JSON.stringify(path)} + ' is not in the bundle; asked for ' + String(name)); })()`),
    }));
    setup.onLoad({ filter: /./, namespace: 'loaded-later' }, ({ path }) => ({
      contents: standIn(`require(${JSON.stringify(`./${fileOf(path)}`)})[name]`),
    }));
  },
};

const options: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node22',
  // Takes 4 MB less than ES modules: no second loader, and nothing touches what Node's own modules make on demand.
  format: 'cjs',
  supported: { 'dynamic-import': false },
  minify: true,
  sourcemap: 'external',
  legalComments: 'linked',
  logLevel: 'warning',
  plugins: [packages],
};

rmSync(OUTPUT, { recursive: true, force: true });
for (const [name, example] of Object.entries(PROGRAMS)) {
  const program = join(OUTPUT, fileOf(name));
  await build({ ...options, entryPoints: [`examples/${example}/main.ts`], outfile: program, banner: { js: FIRST_LINE } });
  chmodSync(program, 0o755);
}
for (const [name, path] of Object.entries(LOADED_LATER)) await build({ ...options, entryPoints: [path], outfile: join(OUTPUT, fileOf(name)) });
