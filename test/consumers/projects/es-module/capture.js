// A capture with fakes of the outside: its file, its manifest and its counters are real.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCaptureEngine, DEFAULT_LIMITS } from 'pcapper';
import { FakeDiskGuard, FakeInterfaceResolver, FakeTcpdumpRunner, ManualClock } from 'pcapper/testing';

const directory = mkdtempSync(join(tmpdir(), 'pcapper-es-module-'));
const clock = new ManualClock();
const runner = new FakeTcpdumpRunner(clock);
const resolver = new FakeInterfaceResolver();
resolver.serve('n1/eth7', 'eth7');
const engine = await createCaptureEngine({ directory, node: 'n1', clock, runner, resolver, guard: new FakeDiskGuard() });
try {
  const target = { kind: 'node', node: 'n1', interface: 'eth7' };
  const capture = await engine.start({ request: { uid: 'u1', name: 'first', target, filter: 'icmp', limits: { ...DEFAULT_LIMITS, seconds: 60 } }, target });
  runner.runs[0].receive(3);
  runner.runs[0].drop(1);
  const { progress, reason, packets, files } = await capture.stop();
  console.log(JSON.stringify({ progress, reason, packets, written: files.every(({ name }) => readdirSync(directory).includes(name)), filter: runner.runs[0].spec.filter }));
} finally {
  await engine[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
}
