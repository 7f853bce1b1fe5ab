// Two bundles of one program, ES module and CommonJS, and one of a small part of the library.
import { build } from 'esbuild';

const common = { bundle: true, platform: 'node', target: 'node22', minify: true, logLevel: 'error', logLimit: 0 };
const requireForCommonJs = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
await build({ ...common, entryPoints: ['main.js'], format: 'esm', outfile: 'out/main.mjs', banner: requireForCommonJs });
await build({ ...common, entryPoints: ['main.js'], format: 'cjs', outfile: 'out/main.cjs' });
await build({ ...common, stdin: { contents: "import { parseQuantity } from 'pcapper'; console.log(parseQuantity('10G'));", resolveDir: '.' }, format: 'esm', outfile: 'out/small.mjs' });
