import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Claimable, ClaimStrategy } from '../core/claim-strategy.ts';
import type { ContractTest } from './contract-test.ts';

/** A strategy with requests for its tests. */
export interface ClaimStrategySubject {
  /** The one under test; the suite starts it, and ends that start. */
  readonly strategy: ClaimStrategy;
  /** Requests that this node takes. At least one. */
  readonly mine: readonly Claimable[];
  /** Requests that it does not. At least one. */
  readonly notMine: readonly Claimable[];
  /** Makes the first of `notMine` this node's. Absent: no answer ever changes. */
  readonly becomesMine?: () => Promise<void>;
}

/** What every {@link ClaimStrategy} owes to the agent. */
export function claimStrategyContract(test: ContractTest, setUp: () => Promise<ClaimStrategySubject>): void {
  const withSubject = (name: string, body: (subject: ClaimStrategySubject) => Promise<void>) =>
    test(name, async () => {
      const subject = await setUp();
      const life = new AbortController();
      try {
        await subject.strategy.start?.(() => undefined, life.signal);
        await body(subject);
      } finally {
        life.abort();
      }
    });

  withSubject('names what it takes: the same target, made concrete', async ({ strategy, mine }) => {
    assert.ok(mine.length > 0);
    for (const claimable of mine) {
      const claimed = await strategy.claim(claimable);
      assert.ok(claimed, `${claimable.name} was not taken`);
      assert.deepEqual({ ...claimed, ...claimable.target }, claimed);
      if (claimed.kind === 'pod') {
        assert.ok(claimed.uid && claimed.cgroupUid);
        assert.equal(typeof claimed.hostNetwork, 'boolean');
      }
    }
  });

  withSubject('leaves what is not this node\'s', async ({ strategy, notMine }) => {
    assert.ok(notMine.length > 0);
    for (const claimable of notMine) assert.equal(await strategy.claim(claimable), undefined, `${claimable.name} was taken`);
  });

  withSubject('answers the same when asked again, and does not change the request', async ({ strategy, mine, notMine }) => {
    for (const claimable of [...mine, ...notMine]) {
      const before = structuredClone(claimable);
      assert.deepEqual(await strategy.claim(claimable), await strategy.claim(claimable));
      assert.deepEqual(claimable, before);
    }
  });

  test('tells when an answer has changed', async () => {
    const { strategy, notMine, becomesMine } = await setUp();
    const [claimable] = notMine;
    if (!becomesMine || !claimable) return;
    const life = new AbortController();
    try {
      const changes = new EventTarget();
      await strategy.start?.(() => void changes.dispatchEvent(new Event('change')), life.signal);
      assert.equal(await strategy.claim(claimable), undefined);
      const changed = once(changes, 'change');
      await becomesMine();
      await changed;
      assert.ok(await strategy.claim(claimable));
    } finally {
      life.abort();
    }
  });
}
