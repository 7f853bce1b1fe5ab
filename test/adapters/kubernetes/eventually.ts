import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when the condition holds; what is waited for has no event of its own. */
export async function eventually<T>(look: () => T | Promise<T>, within = 30_000): Promise<NonNullable<T>> {
  const deadline = performance.now() + within;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() > deadline) throw new Error(`not within ${within / 1000} s: ${look.toString()}`);
    await sleep(10);
  }
}
