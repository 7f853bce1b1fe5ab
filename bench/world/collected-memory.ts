import { fileURLToPath } from 'node:url';
import { eventually } from '../../test/adapters/kubernetes/eventually.ts';
import type { BenchAgent } from './bench-agent.ts';

const PRELOAD = fileURLToPath(new URL('./collect-garbage-on-signal.mjs', import.meta.url));

/** What is in use once all garbage has been collected. Bytes. */
export interface CollectedMemory {
  readonly heapUsed: number;
  readonly rss: number;
}

/** Options of Node by which an agent collects all garbage when it is asked to. */
export const COLLECTING: readonly string[] = ['--expose-gc', '--import', PRELOAD];

/** Lets an agent that was started {@link COLLECTING} collect its garbage, and says what is left. */
export async function collectGarbage(agent: BenchAgent): Promise<CollectedMemory> {
  const linesOf = () => agent.log.split('\n').filter((line) => line.startsWith('{"collected":'));
  const before = linesOf().length;
  agent.signal('SIGUSR2');
  await eventually(() => linesOf().length > before);
  return (JSON.parse(linesOf().at(-1) ?? '') as { collected: CollectedMemory }).collected;
}
