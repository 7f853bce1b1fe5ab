import { ClaimLostError } from '../../../src/core/errors/index.ts';
import type { ProgressReport, ProgressSink } from '../../../src/core/progress-sink.ts';
import { eventually } from './eventually.ts';

/** As the agent does: again, until it is told. */
export function tellAtLast(sink: ProgressSink, report: ProgressReport): Promise<true> {
  return eventually(async () => {
    try {
      await sink.report(report);
      return true as const;
    } catch (error) {
      if (error instanceof ClaimLostError) throw error;
      return undefined;
    }
  });
}
