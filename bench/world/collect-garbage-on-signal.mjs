// Preloaded into an agent that is measured: SIGUSR2 collects all garbage and writes what is left as a line of its log.
// JavaScript, so that Node does not load its TypeScript compiler for it.
import { setTimeout as sleep } from 'node:timers/promises';

async function collect() {
  // Twice, and with the event loop between: what finalizers let go of goes, too, and V8 gives empty pages back.
  for (let i = 0; i < 2; i += 1) {
    globalThis.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    await sleep(100);
  }
  const { heapUsed, rss } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ collected: { heapUsed, rss } })}\n`);
}

process.on('SIGUSR2', () => void collect());
