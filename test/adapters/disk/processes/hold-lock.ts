import { KernelLock } from '../../../../src/adapters/disk/kernel-lock.ts';

const [path = ''] = process.argv.slice(2);
const lease = await new KernelLock(path).acquire();
console.log(lease ? 'held' : 'refused');
// Reading stdin keeps it alive.
process.stdin.resume();
