import { once } from 'node:events';
import { CaptureError } from '../../../../src/core/errors/capture-error.ts';
import { openTestGuard } from '../../../strategies/disk/open-test-guard.ts';

const [path = '', node = '', count = '', bytes = '', maxTotal = '', expires] = process.argv.slice(2);
const { guard } = await openTestGuard({ path, node, maxTotal: Number(maxTotal), minFree: 0 });
console.log('ready');
await once(process.stdin, 'data');
const answers = await Promise.allSettled(
  Array.from({ length: Number(count) }, (_, i) =>
    guard.reserve({
      captureUid: `${node}-${i}`,
      bytes: Number(bytes),
      files: () => [],
      ...(expires !== undefined && { expires: Number(expires) }),
    }),
  ),
);
const codes = answers
  .filter((answer) => answer.status === 'rejected')
  .map(({ reason }) => (CaptureError.is(reason) ? reason.code : String(reason)));
console.log(JSON.stringify({ admitted: answers.length - codes.length, codes }));
