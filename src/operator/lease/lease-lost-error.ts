import { CaptureError } from '../../core/errors/index.ts';

/** This process leads no more, though nobody asked it to stop. */
export class LeaseLostError extends CaptureError {
  override readonly code = 'LeaseLost';

  /** @param how completes "The Lease x/y". */
  constructor(lease: string, how: string) {
    super({ problem: `The Lease ${lease} ${how}.`, advice: 'This operator stops its work and applies for the Lease again.' });
  }
}
