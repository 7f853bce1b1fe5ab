import type { FaultKind } from '../fault.ts';
import { API_FAULTS } from './api.ts';
import { CLOCK_FAULTS } from './clock.ts';
import { DISK_FAULTS } from './disk.ts';
import { LOCK_FAULTS } from './locks.ts';
import { NETWORK_FAULTS } from './network.ts';
import { PROCESS_FAULTS } from './process.ts';

/** All that can go wrong. */
export const FAULTS: readonly FaultKind[] = [...PROCESS_FAULTS, ...LOCK_FAULTS, ...API_FAULTS, ...DISK_FAULTS, ...NETWORK_FAULTS, ...CLOCK_FAULTS];
