import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { FakeTcpdumpRunner, INVALID_FILTER, ManualClock, tcpdumpRunnerContract } from '../../src/testing/index.ts';
import { requires } from '../harness/requirements.ts';
import { Workplace } from '../adapters/tcpdump/workplace.ts';

describe('FakeTcpdumpRunner', () => {
  tcpdumpRunnerContract(it, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pcapper-fake-'));
    const runner = new FakeTcpdumpRunner(new ManualClock());
    runner.refuseFilter(INVALID_FILTER);
    const each = (act: (run: (typeof runner.runs)[number]) => void) => {
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
  });
});

requires('root', 'tcpdump', 'ip', 'ping', 'nsenter', 'cgroup').describe('TcpdumpProcessRunner', () => {
  tcpdumpRunnerContract(it, async () => {
    const place = await Workplace.create();
    return {
      runner: place.runner,
      spec: (changes = {}) => place.spec({ filter: 'icmp[icmptype] = icmp-echo', ...changes }),
      send: (count) => place.pod.ping(count),
      removeInterface: async () => {
        await place.pod.run('ip', ['link', 'del', 'eth0']);
      },
      kill({ pid }) {
        process.kill(pid, 'SIGKILL');
        return Promise.resolve();
      },
      [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
    };
  });
});
