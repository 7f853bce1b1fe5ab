import { describe, expect, it } from 'vitest';
import { inspectPcapFile } from '../../src/adapters/pcap/inspect-pcap-file.ts';
import { FakeTcpdumpRunner } from '../../src/testing/fake-tcpdump-runner.ts';
import { tcpdumpRunnerContract } from '../../src/testing/tcpdump-runner-contract.ts';
import { Workplace } from '../adapters/tcpdump/workplace.ts';
import { requires } from '../harness/requirements.ts';
import { fakeTcpdumpSubject } from './fake-tcpdump-subject.ts';
import { inNodeTest } from './in-node-test.ts';

describe('FakeTcpdumpRunner', () => {
  tcpdumpRunnerContract(it, fakeTcpdumpSubject);

  it('can be tested with node:test', async () => {
    expect(await inNodeTest('tcpdump-contract-in-node-test.ts')).toMatch(/# pass 17\n# fail 0/);
  });

  const withFake = async (body: (subject: Awaited<ReturnType<typeof fakeTcpdumpSubject>>, runner: FakeTcpdumpRunner) => Promise<void>) => {
    await using subject = await fakeTcpdumpSubject();
    if (!(subject.runner instanceof FakeTcpdumpRunner)) throw new Error('it is the fake');
    await body(subject, subject.runner);
  };

  it('fails and hangs as the script has it', () =>
    withFake(async ({ spec }, runner) => {
      runner.failNextStart(new Error('as told'));
      await expect(runner.start(spec())).rejects.toThrow('as told');
      runner.hangNextStart();
      const abort = new AbortController();
      const hanging = runner.start(spec(), abort.signal);
      abort.abort(new Error('enough'));
      await expect(hanging).rejects.toThrow('enough');
      await (await runner.start(spec())).stop();
    }));

  it('counts what it drops and what does not reach the disk', () =>
    withFake(async ({ spec: makeSpec }, runner) => {
      const spec = makeSpec();
      const run = await runner.start(spec);
      run.receive(3);
      run.drop(2);
      run.fillDisk();
      run.receive(4);
      expect((await run.stop()).counters).toEqual({ captured: 7, received: 9, dropped: 2 });
      expect(await inspectPcapFile(`${spec.path}0`)).toMatchObject({ packets: 3, repairedBytes: 0 });
    }));

  it('turns its ring as tcpdump does', () =>
    withFake(async ({ spec: makeSpec }, runner) => {
      const spec = makeSpec({ fileCount: 3 });
      const run = await runner.start(spec);
      run.receive(4000, 1442);
      await run.stop();
      const perFile = Math.floor((1_000_000 - 24) / (16 + 1442)) + 1;
      const held = await Promise.all([0, 1, 2].map(async (i) => (await inspectPcapFile(spec.path + String(i))).packets));
      expect(held).toEqual([perFile, perFile, 4000 - 5 * perFile]);
    }));

  it('knows what an earlier agent left', () =>
    withFake(async (_, runner) => {
      const process = runner.leaveProcess('u');
      expect(await runner.findProcesses('u')).toEqual([process]);
      await runner.endProcess({ ...process });
      expect(await runner.findProcesses('u')).toEqual([]);
    }));
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
