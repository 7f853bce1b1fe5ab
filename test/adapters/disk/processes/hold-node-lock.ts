import { NodeLock } from '../../../../src/adapters/disk/node-lock.ts';

const [hostmount = '', node = '', grace] = process.argv.slice(2);
const lock = await NodeLock.take({ hostmount, node, ...(grace !== undefined && { grace: Number(grace) }) });
console.log(lock ? 'held' : 'refused');
lock?.lost.addEventListener('abort', () => console.log(`lost: ${String(lock.lost.reason)}`));
// Reading stdin keeps it alive.
process.stdin.resume();
