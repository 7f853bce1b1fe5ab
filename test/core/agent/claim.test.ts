import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClaimLostError, DiskBudgetExceededError } from '../../../src/core/errors/index.ts';
import { FirstMatchClaim } from '../../../src/strategies/claim/index.ts';
import { AgentBench } from './agent-bench.ts';

let bench: AgentBench;
beforeEach(() => {
  bench = new AgentBench();
});
afterEach(() => bench.close());

/** What the next report of a progress comes to is a test's to say. */
function hold(progress: string): { readonly asked: Promise<void>; answer(error?: Error): void } {
  const asked = Promise.withResolvers<undefined>();
  const answered = Promise.withResolvers<undefined>();
  const report = bench.source.report.bind(bench.source);
  bench.source.report = async (told) => {
    if (told.progress === progress) {
      bench.source.report = report;
      asked.resolve(undefined);
      await answered.promise;
    }
    return report(told);
  };
  return {
    asked: asked.promise.then(() => undefined),
    answer: (error) => (error ? answered.reject(error) : answered.resolve(undefined)),
  };
}

describe('while the claim is asked for', () => {
  it('all is got ready, and nothing begun', async () => {
    await bench.agent();
    const claim = hold('scheduled');
    const request = bench.request();
    bench.source.set(request);
    await bench.until(claim.asked);
    await bench.eventually(() => bench.guard.reserved.has(request.uid) && bench.resolver.open === 1);
    await bench.letPass(5_000);
    expect(bench.runner.runs).toEqual([]);
    expect(bench.files).toEqual([]);
    claim.answer();
    await bench.reaches(request.uid, 'running');
    expect(bench.progressOf(request.uid)).toEqual(['scheduled', 'running']);
  });

  it('one that is lost leaves no trace, and is not told of', async () => {
    await bench.agent();
    const claim = hold('scheduled');
    const request = bench.request();
    bench.source.set(request);
    await bench.until(claim.asked);
    await bench.eventually(() => bench.guard.reserved.has(request.uid));
    bench.source.update(request.uid, { recorded: { node: 'n2', progress: 'scheduled' } });
    claim.answer(new ClaimLostError(request.name, 'node n2'));
    await bench.letPass(60_000);
    expect(bench.source.reports).toEqual([]);
    expect(bench.guard.reserved.size).toBe(0);
    expect(bench.resolver.open).toBe(0);
    expect(bench.runner.runs).toEqual([]);
    expect(bench.files).toEqual([]);
  });

  it('one that an API server does not answer is asked again', async () => {
    await bench.agent();
    const claim = hold('scheduled');
    const request = bench.request();
    bench.source.set(request);
    await bench.until(claim.asked);
    await bench.eventually(() => bench.guard.reserved.has(request.uid));
    claim.answer(new Error('not reachable'));
    await bench.reaches(request.uid, 'running');
    expect(bench.progressOf(request.uid)).toEqual(['scheduled', 'running']);
    expect(bench.runner.runs).toHaveLength(1);
  });

  it('a refusal that is known already is told after it', async () => {
    bench.guard.refusal = new DiskBudgetExceededError({ asked: 1, used: 1, reserved: 0, maxTotal: 1 });
    await bench.agent();
    const claim = hold('scheduled');
    const request = bench.request();
    bench.source.set(request);
    await bench.until(claim.asked);
    await bench.letPass(5_000);
    expect(bench.source.reports).toEqual([]);
    claim.answer();
    await bench.reaches(request.uid, 'failure');
    expect(bench.progressOf(request.uid)).toEqual(['scheduled', 'failure']);
  });
});

it('is told as running before tcpdump is asked for its counters, which follow', async () => {
  const answer = Promise.withResolvers<undefined>();
  const start = bench.runner.start.bind(bench.runner);
  bench.runner.start = async (spec, signal) => {
    const run = await start(spec, signal);
    const counters = run.counters.bind(run);
    run.counters = () => answer.promise.then(counters);
    return run;
  };
  await bench.agent();
  const request = bench.request();
  bench.source.set(request);
  expect(await bench.reaches(request.uid, 'running')).toMatchObject({ packets: { captured: 0, received: 0, dropped: 0 } });
  bench.run.receive(7);
  answer.resolve(undefined);
  await bench.reaches(request.uid, 'running', (report) => 'packets' in report && report.packets.captured === 7);
});

describe('an agent that ends while it is decided what it takes', () => {
  it('has the strategy give up, and does not wait for it', async () => {
    const asked = Promise.withResolvers<AbortSignal | undefined>();
    const agent = await bench.agent({
      claim: new FirstMatchClaim([{
        claim: (_claimable, signal) => {
          asked.resolve(signal);
          return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
        },
      }]),
    });
    bench.source.set(bench.request());
    const signal = await asked.promise;
    expect(signal?.aborted).toBe(false);
    // No time passes here: whoever waited for its end would wait for ever.
    await agent[Symbol.asyncDispose]();
    expect(signal?.aborted).toBe(true);
    expect(bench.files).toEqual([]);
  });
});
