/** How far a capture is. A request that nobody has taken yet has no progress. */
export type CaptureProgress = 'scheduled' | 'running' | 'finished' | 'failure';

/** The progress of a capture that has ended. It never changes again. */
export type TerminalProgress = Extract<CaptureProgress, 'finished' | 'failure'>;

/** Whether a progress is an end. */
export function isTerminal(progress: CaptureProgress | undefined): progress is TerminalProgress {
  return progress === 'finished' || progress === 'failure';
}
