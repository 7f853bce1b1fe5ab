import type { FaultKind } from '../fault.ts';
import { PROCESS_FAULTS } from './process.ts';

/** All that can go wrong. */
export const FAULTS: readonly FaultKind[] = [...PROCESS_FAULTS];
