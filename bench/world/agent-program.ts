import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BUNDLE = fileURLToPath(new URL('../../bundle/agent.cjs', import.meta.url));
const EXAMPLE = fileURLToPath(new URL('../../examples/standalone-agent/main.ts', import.meta.url));

/**
 * The command of the agent as it is shipped: the bundle of `npm run bundle`, whose first line has the options of Node that
 * it runs with; without one, the example on the built library.
 */
export function agentProgram(): readonly string[] {
  const given = process.env['PCAPPER_BENCH_AGENT'];
  if (given) return [given];
  return existsSync(BUNDLE) ? [BUNDLE] : [process.execPath, EXAMPLE];
}
