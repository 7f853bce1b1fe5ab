import { HostmountDirectory } from '../../../../src/adapters/disk/hostmount-directory.ts';
import type { CaptureManifest } from '../../../../src/core/capture-manifest.ts';

const [path = '', json = ''] = process.argv.slice(2);
const manifest = JSON.parse(json) as CaptureManifest;
const directory = new HostmountDirectory(path, manifest.node, () => Promise.reject(new Error('not asked here')));
await directory.createManifest(manifest);
console.log('created');
for (let count = 1; ; count += 1) {
  const gaps = Array.from({ length: count % 300 }, (_, i) => ({ from: i, to: count, reason: 'saved again and again' }));
  await directory.saveManifest({ ...manifest, gaps });
}
