import type { CaptureOutcome } from '../../api/one-shot/capture-outcome.ts';
import { countOf } from '../../core/count-of.ts';
import type { KnownJob } from './known-job.ts';

/**
 * Where the files of a Job are, how they are fetched, and what removes them: no agent is there for that.
 * @param node that the Job ran on
 * @returns the empty text when there are none
 */
export function filesOnNode({ files, fileCount }: Pick<CaptureOutcome, 'files' | 'fileCount'>, node: string, { namespace, hostmount = '' }: Pick<KnownJob, 'namespace' | 'hostmount'>): string {
  if (fileCount === 0) return '';
  const [first] = files;
  const lie = first === undefined ? `${countOf(fileCount, 'file')} in ${hostmount}` : `${hostmount}/${first.name}${fileCount > 1 ? ` and ${fileCount - 1} more` : ''}`;
  return (
    `Files: ${lie} on node ${node}. Fetch them with: kubectl -n ${namespace} debug node/${node} --image=busybox -- sleep 600 ; and kubectl cp from the Pod that it names, under /host${hostmount}. ` +
    'They stay when this is deleted: only KEEP_FILES_HOURS of a later Job there removes them.'
  );
}
