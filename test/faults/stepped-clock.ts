import { readFileSync } from 'node:fs';

/** Name of the environment variable with the path of the file that says by how many milliseconds the wall clock is off. */
export const OFFSET_FILE = 'PCAPPER_TEST_CLOCK_OFFSET';

const path = process.env[OFFSET_FILE];
if (path !== undefined) stepBy(path);

/**
 * Shifts the wall clock of this process, for `node --import`. The file is read whenever the time is, so a step holds from
 * the moment that it is written. Clocks that only go on (`performance.now`, `os.uptime`, timers) are left alone, as by
 * clock_settime(2).
 */
function stepBy(file: string): void {
  const TrueDate = Date;
  const now = () => TrueDate.now() + Number(readFileSync(file, 'latin1'));
  globalThis.Date = new Proxy(TrueDate, {
    get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
    construct: (target, given: readonly unknown[]) => Reflect.construct(target, given.length === 0 ? [now()] : given) as Date,
    apply: () => new TrueDate(now()).toString(),
  });
}
