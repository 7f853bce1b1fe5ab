import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves with what is there once there is something. */
export async function until<T>(look: () => T | Promise<T>, within: number, what: string, state: () => string = () => ''): Promise<NonNullable<T>> {
  const deadline = performance.now() + within;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${within / 1000} s ${state()}`);
    await sleep(40);
  }
}

/** What is found again and again for two seconds; what is just about to go is not left over. */
export async function lasting(find: () => readonly string[]): Promise<readonly string[]> {
  const deadline = performance.now() + 2_000;
  for (;;) {
    const found = find();
    if (found.length === 0 || performance.now() > deadline) return found;
    await sleep(50);
  }
}
