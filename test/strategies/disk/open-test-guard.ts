import { openHostmount } from '../../../src/adapters/disk/open-hostmount.ts';
import { SystemClock } from '../../../src/adapters/system-clock.ts';
import type { Logger } from '../../../src/core/logger.ts';
import { LedgerDiskGuard, type LedgerDiskGuardSettings } from '../../../src/strategies/disk/ledger-disk-guard.ts';

export interface TestGuardOptions extends LedgerDiskGuardSettings {
  readonly path: string;
  readonly logger?: Logger;
}

/** The real thing in a folder: locks, ledger, disk. */
export async function openTestGuard({ path, logger, ...settings }: TestGuardOptions) {
  const hostmount = await openHostmount({
    path,
    node: settings.node,
    inspect: () => Promise.reject(new Error('not asked here')),
    ...(logger && { logger }),
  });
  const guard = new LedgerDiskGuard({ ...hostmount, clock: new SystemClock(), ...(logger && { logger }) }, settings);
  return { guard, hostmount, [Symbol.asyncDispose]: () => hostmount[Symbol.asyncDispose]() };
}
