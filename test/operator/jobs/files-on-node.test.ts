import { expect, test } from 'vitest';
import { filesOnNode } from '../../../src/operator/jobs/files-on-node.ts';

const file = { name: 'n1.c.1.pcap0', bytes: 24 };
const JOB = { namespace: 'pcapper', hostmount: '/hostmount' };

test('tells where the files of a Job are, how to fetch them, and that they stay', () => {
  expect(filesOnNode({ files: [file], fileCount: 3 }, 'n1', JOB)).toBe(
    'Files: /hostmount/n1.c.1.pcap0 and 2 more on node n1. Fetch them with: kubectl -n pcapper debug node/n1 --image=busybox -- sleep 600 ; and kubectl cp from the Pod that it names, under /host/hostmount. ' +
      'They stay when this is deleted: only KEEP_FILES_HOURS of a later Job there removes them.',
  );
  expect(filesOnNode({ files: [file], fileCount: 1 }, 'n1', JOB)).toContain('Files: /hostmount/n1.c.1.pcap0 on node n1.');
  expect(filesOnNode({ files: [], fileCount: 7 }, 'n1', JOB)).toContain('Files: 7 files in /hostmount on node n1.');
  expect(filesOnNode({ files: [], fileCount: 0 }, 'n1', JOB)).toBe('');
});
