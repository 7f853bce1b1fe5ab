import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestGuard } from '../../../strategies/disk/open-test-guard.ts';

const path = mkdtempSync(join(tmpdir(), 'pcapper-disk-test-'));
process.once('exit', () => rmSync(path, { recursive: true }));
const { guard } = await openTestGuard({ path, node: 'n1', maxTotal: 10_000_000, minFree: 0 });
await guard.reserve({ captureUid: 'a', bytes: 1000, files: () => [] });
console.log('reserved');
