import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemClock } from '../../../src/adapters/system-clock.ts';
import { TcpdumpProcessRunner } from '../../../src/adapters/tcpdump/tcpdump-process-runner.ts';
import { CaptureError } from '../../../src/core/errors/capture-error.ts';
import type { RunSpec } from '../../../src/core/tcpdump-runner.ts';

/** An agent of one capture: says "capturing", then "counted" after 20 packets, or the code of its error. */
const [pid = '', spec = ''] = process.argv.slice(2);
const namespace = await open(`/proc/${pid}/ns/net`);
const networkNamespace = { fd: namespace.fd, inode: (await namespace.stat({ bigint: true })).ino };
const interface_ = {
  device: 'eth0',
  linkType: 'EN10MB',
  networkNamespace,
  gone: new AbortController().signal,
  [Symbol.asyncDispose]: () => namespace.close(),
} as const;
try {
  const runner = new TcpdumpProcessRunner({ clock: new SystemClock() });
  const run = await runner.start({ ...(JSON.parse(spec) as RunSpec), interface: interface_ });
  console.log('capturing');
  while ((await run.counters()).captured < 20) await sleep(50);
  console.log('counted');
  await run.ended;
} catch (error) {
  console.log(CaptureError.is(error) ? error.code : String(error));
}
await namespace.close();
