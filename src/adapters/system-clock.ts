import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Clock } from '../core/clock.ts';

/** The longest that `setTimeout` can wait; more overflows and fires at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The machine's own time. */
export class SystemClock implements Clock {
  /** `/proc/sys/kernel/random/boot_id` (proc(5)). */
  readonly bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

  /** Milliseconds since the Unix epoch: `Date.now()`. */
  now(): number {
    return Date.now();
  }

  /** Milliseconds since boot, those in suspend included (`/proc/uptime`). */
  uptime(): number {
    return uptime() * 1000;
  }

  /** As {@link Clock.sleep}; any length, also beyond the 24.8 days of `setTimeout`. */
  sleep(ms: number, signal?: AbortSignal, { background = false }: { readonly background?: boolean } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      // The reason of an AbortSignal is whatever its owner gave.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      const fail = () => reject(signal?.reason);
      if (signal?.aborted) {
        fail();
        return;
      }
      const until = performance.now() + ms;
      let timer: NodeJS.Timeout;
      const setTimer = (left: number) => {
        timer = setTimeout(wait, Math.min(left, LONGEST_TIMEOUT_MS));
        if (background) timer.unref();
      };
      const abort = () => {
        clearTimeout(timer);
        fail();
      };
      const wait = () => {
        const left = until - performance.now();
        if (left > 0) {
          setTimer(left);
          return;
        }
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      signal?.addEventListener('abort', abort, { once: true });
      setTimer(Math.max(0, ms));
    });
  }
}
