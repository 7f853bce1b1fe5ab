// An agent on an engine with fakes, with a claim rule of its own: of two requests it takes its own.
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { createCaptureAgent, createCaptureEngine, DEFAULT_LIMITS, SystemClock } = require('pcapper');
const { FakeCaptureSource, FakeDiskGuard, FakeInterfaceResolver, FakeTcpdumpRunner } = require('pcapper/testing');
const { ClaimByName } = require('./claim-by-name.js');

async function main() {
  const directory = mkdtempSync(join(tmpdir(), 'pcapper-commonjs-'));
  const resolver = new FakeInterfaceResolver();
  resolver.serve('n1/eth7', 'eth7');
  const runner = new FakeTcpdumpRunner(new SystemClock());
  const engine = await createCaptureEngine({ directory, node: 'n1', resolver, runner, guard: new FakeDiskGuard() });
  const source = new FakeCaptureSource();
  const target = { kind: 'node', node: 'n1', interface: 'eth7' };
  const limits = { ...DEFAULT_LIMITS, seconds: 60, maxPackets: 2 };
  for (const name of ['n1-mine', 'n2-another']) source.set({ uid: name, name, target, limits });
  const agent = createCaptureAgent({ engine, sources: [source], claim: new ClaimByName('n1'), sinks: [source] });
  try {
    await agent.start();
    await source.reported(({ progress }) => progress === 'running');
    runner.runs[0].receive(5);
    const { name, reason, packets } = await source.reported(({ progress }) => progress === 'finished');
    console.log(JSON.stringify({ name, reason, packets, taken: [...new Set(source.reports.map((report) => report.name))] }));
  } finally {
    await agent[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  }
}

main();
