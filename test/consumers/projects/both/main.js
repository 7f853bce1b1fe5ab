// The library as ES modules and as CommonJS in one process: parts of one work with parts of the other.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as imported from 'pcapper';
import { TOKENS } from 'pcapper/di';
import { FakeCaptureSource, FakeDiskGuard, FakeInterfaceResolver, FakeTcpdumpRunner } from 'pcapper/testing';

const require = createRequire(import.meta.url);
const required = require('pcapper');

const directory = mkdtempSync(join(tmpdir(), 'pcapper-both-'));
const resolver = new FakeInterfaceResolver();
resolver.serve('n1/eth7', 'eth7');
const runner = new FakeTcpdumpRunner(new imported.SystemClock());
const engine = await required.createCaptureEngine({ directory, node: 'n1', resolver, runner, guard: new FakeDiskGuard() });
const source = new FakeCaptureSource();
const target = { kind: 'node', node: 'n1', interface: 'eth7' };
const request = (uid, more) => ({ uid, name: uid, target, limits: { ...imported.DEFAULT_LIMITS, seconds: 60, maxPackets: 2 }, ...more });
source.set(request('good'));
// Refused by the engine of the one, told by the agent of the other.
runner.refuseFilter('udp port 53');
source.set(request('bad', { filter: 'udp port 53' }));
const agent = imported.createCaptureAgent({ engine, sources: [source], claim: new imported.NodeInterfaceClaim('n1'), sinks: [source] });
try {
  await agent.start();
  await source.reported(({ uid, progress }) => uid === 'good' && progress === 'running');
  runner.runs[0].receive(5);
  const good = await source.reported(({ uid, progress }) => uid === 'good' && progress === 'finished');
  const bad = await source.reported(({ uid, progress }) => uid === 'bad' && progress === 'failure');
  const another = await required.createCaptureEngine({ directory, node: 'n1', runner, resolver }).catch((error) => error);
  console.log(JSON.stringify({
    copies: required.CaptureEngine === imported.CaptureEngine ? 1 : 2,
    ends: [good.reason, bad.reason],
    // The folder is locked by the other's engine; its error is one of ours by either.
    known: [imported.CaptureError.is(another), required.CaptureError.is(another), another.code, another.name],
    tokens: Object.entries(TOKENS).every(([name, token]) => require('pcapper/di').TOKENS[name] === token),
  }));
} finally {
  await agent[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
}
