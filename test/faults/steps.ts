/** Where an agent can be halted on a capture's way; it stands still there, as dead as a process can be that lives. */
export const STEPS = [
  /** The agent has seen the capture, and has not yet written that it takes it. */
  'before-claim',
  /** `scheduled` is in the status; nothing else has happened. */
  'claimed',
  /** Its disk is in the ledger. */
  'reserved',
  /** Its network namespace is open. */
  'resolved',
  /** tcpdump listens; neither manifest nor status say so. */
  'spawned',
  /** `running` is in the status. */
  'running',
  /** The end is due; tcpdump has not been told yet. */
  'stopping',
  /** The files and the manifest are closed; the status does not say so yet. */
  'reporting',
  /** The status says the end; the manifest does not know that it does. */
  'reported',
] as const;

export type Step = (typeof STEPS)[number];

/** Where the ledger's lock is held: while the agent starts, while it reserves, while it gives back. */
export const LEDGER_POINTS = ['ledger-adopt', 'ledger-reserve', 'ledger-release'] as const;

/** Where an agent halts itself: at a step, or with a lock in its hands. */
export type CrashPoint = Step | (typeof LEDGER_POINTS)[number];

/** Name of the environment variable that arms a point of an agent: `POINT CAPTURE [PACKETS]`. It halts there once; at `running` when that many are captured. */
export const ARMED = 'PCAPPER_TEST_HALT';

/** What an agent says on stdout before it halts. */
export const HALTS = 'halts';
