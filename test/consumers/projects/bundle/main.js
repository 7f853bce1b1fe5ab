// Without an optional peer: what needs one is bundled all the same, and says what is missing when it is used.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCaptureEngine, DEFAULT_LIMITS, DiskBudgetExceededError } from 'pcapper';
import { createAgentMetrics, TOKENS } from 'pcapper/di';
import { KubernetesClient } from 'pcapper/kubernetes';
import { FakeInterfaceResolver, FakeTcpdumpRunner, ManualClock } from 'pcapper/testing';

async function main() {
  const directory = mkdtempSync(join(tmpdir(), 'pcapper-bundle-'));
  const clock = new ManualClock();
  const runner = new FakeTcpdumpRunner(clock);
  const resolver = new FakeInterfaceResolver();
  resolver.serve('n1/eth7');
  // The disk is real: one capture fits, the next does not.
  const engine = await createCaptureEngine({ directory, node: 'n1', runner, resolver, maxTotalFileSize: '8M', minFreeDisk: 0 });
  try {
    const target = { kind: 'node', node: 'n1', interface: 'eth7' };
    const order = (uid) => ({ request: { uid, name: uid, target, limits: { ...DEFAULT_LIMITS, seconds: 60, maxFileSize: 1_000_000, fileCount: 2 } }, target });
    const capture = await engine.start(order('first'));
    runner.runs[0].receive(7);
    const refusal = await engine.start(order('second')).catch((error) => error);
    const { progress, packets } = await capture.stop();
    console.log(JSON.stringify({
      progress,
      packets,
      refusal: [refusal instanceof DiskBudgetExceededError, refusal.name],
      metrics: await createAgentMetrics().catch(({ code }) => code),
      parts: [typeof KubernetesClient, typeof TOKENS.CaptureAgent],
    }));
  } finally {
    await engine[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  }
}

main();
