import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BUNDLE = fileURLToPath(new URL('../../dist/bundle/agent.mjs', import.meta.url));
const EXAMPLE = fileURLToPath(new URL('../../examples/standalone-agent/main.ts', import.meta.url));

/** The agent as it is shipped: the bundle of `npm run bundle`; without one, the example on the built library. */
export function agentProgram(): string {
  return process.env['PCAPPER_BENCH_AGENT'] || (existsSync(BUNDLE) ? BUNDLE : EXAMPLE);
}
