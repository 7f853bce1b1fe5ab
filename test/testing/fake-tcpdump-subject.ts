import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FakeTcpdumpRun } from '../../src/testing/fake-tcpdump-run.ts';
import { FakeTcpdumpRunner } from '../../src/testing/fake-tcpdump-runner.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { INVALID_FILTER, type TcpdumpRunnerSubject } from '../../src/testing/tcpdump-runner-contract.ts';

/** The fake, with an interface that is all its runs. */
export async function fakeTcpdumpSubject(): Promise<TcpdumpRunnerSubject> {
  const folder = await mkdtemp(join(tmpdir(), 'pcapper-fake-'));
  const runner = new FakeTcpdumpRunner(new ManualClock());
  runner.refuseFilter(INVALID_FILTER);
  const each = (act: (run: FakeTcpdumpRun) => void) => {
    runner.runs.forEach(act);
    return Promise.resolve();
  };
  return {
    runner,
    spec(changes = {}) {
      const captureUid = randomUUID();
      return {
        captureUid,
        interface: {
          device: 'eth0',
          linkType: 'EN10MB',
          gone: new AbortController().signal,
          [Symbol.asyncDispose]: () => Promise.resolve(),
        },
        path: join(folder, `n1.${captureUid}.1700000000.pcap`),
        maxFileSize: 1_000_000,
        fileCount: 2,
        snapLength: 262_144,
        promiscuous: false,
        ...changes,
      };
    },
    send: (count) => each((run) => run.receive(count)),
    removeInterface: () => each((run) => run.removeInterface()),
    kill: ({ pid }) => each((run) => run.process.pid === pid && run.kill()),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
