import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** By the name of its bundle, the example that each is. */
const EXAMPLES = { agent: 'standalone-agent', operator: 'operator' };

/**
 * The command of a program as it is shipped: the bundle of `npm run bundle`, whose first line has the options of Node that
 * it runs with; without one, the example on the built library. `PCAPPER_BENCH_AGENT` and `PCAPPER_BENCH_OPERATOR` name others.
 */
export function shippedProgram(name: keyof typeof EXAMPLES): readonly string[] {
  const given = process.env[`PCAPPER_BENCH_${name.toUpperCase()}`];
  if (given) return [given];
  const bundle = inProject(`bundle/${name}.cjs`);
  return existsSync(bundle) ? [bundle] : [process.execPath, inProject(`examples/${EXAMPLES[name]}/main.ts`)];
}

function inProject(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
