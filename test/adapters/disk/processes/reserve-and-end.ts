import { openTestGuard } from '../../../strategies/disk/open-test-guard.ts';

const [path = ''] = process.argv.slice(2);
const { guard } = await openTestGuard({ path, node: 'n1', maxTotal: 10_000_000, minFree: 0 });
await guard.reserve({ captureUid: 'a', bytes: 1000, files: () => [] });
console.log('reserved');
