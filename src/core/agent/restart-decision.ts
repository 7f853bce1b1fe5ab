/** What the origin says of a capture, as this node sees it. */
export type Standing =
  | 'scheduled'
  | 'running'
  /** Recorded as finished or failure. */
  | 'terminal'
  /** The same uid has no progress, or is another node's. */
  | 'not-mine'
  /** It surely no longer exists. */
  | 'gone'
  /** Not reachable, or not known for sure. */
  | 'unknown';

/** What lies on disk. */
export type Record =
  | 'none'
  | 'open-time-left'
  | 'open-time-over'
  | 'closed-unreported'
  | 'closed-reported'
  | 'unreadable';

/** What to do with a capture that is not being worked on in this process. Ending tcpdump cleanly, if it lives, is part of each that needs it. */
export type RestartDecision =
  /** Nothing. */
  | 'leave'
  | 'start'
  /** Go on in the next segment for the time left; the gap is recorded. */
  | 'continue'
  /** Close it as finished and partial, with its files verified, and report. */
  | 'conclude'
  /** The origin has it ended already: close the manifest, and report what the lock on terminal progress allows. */
  | 'close'
  | 'report'
  /** Close it, keep the files, report nothing. */
  | 'abandon'
  /** Report failure (ManifestLost); never run it again. */
  | 'fail-manifest-lost'
  /** Remove the files unless they are retained. */
  | 'remove';

const SAME_FOR_OPEN = <T>(decision: T) => ({ 'open-time-left': decision, 'open-time-over': decision });

/** The restart table of docs/design.md: standing × what lies on disk. Whether tcpdump still lives changes nothing in it. */
const DECISIONS: { readonly [S in Standing]: { readonly [R in Record]: RestartDecision } } = {
  scheduled: {
    none: 'start',
    'open-time-left': 'continue',
    'open-time-over': 'conclude',
    'closed-unreported': 'report',
    'closed-reported': 'leave',
    unreadable: 'fail-manifest-lost',
  },
  running: {
    none: 'fail-manifest-lost',
    'open-time-left': 'continue',
    'open-time-over': 'conclude',
    'closed-unreported': 'report',
    'closed-reported': 'leave',
    unreadable: 'fail-manifest-lost',
  },
  terminal: {
    none: 'leave',
    ...SAME_FOR_OPEN('close'),
    'closed-unreported': 'report',
    'closed-reported': 'leave',
    unreadable: 'leave',
  },
  'not-mine': {
    none: 'leave',
    ...SAME_FOR_OPEN('abandon'),
    'closed-unreported': 'leave',
    'closed-reported': 'leave',
    unreadable: 'leave',
  },
  gone: {
    none: 'leave',
    ...SAME_FOR_OPEN('remove'),
    'closed-unreported': 'remove',
    'closed-reported': 'remove',
    unreadable: 'leave',
  },
  unknown: {
    none: 'leave',
    'open-time-left': 'continue',
    'open-time-over': 'conclude',
    'closed-unreported': 'leave',
    'closed-reported': 'leave',
    unreadable: 'leave',
  },
};

export function decideRestart(standing: Standing, record: Record): RestartDecision {
  return DECISIONS[standing][record];
}
