import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LeaderElection } from '../../../src/operator/lease/leader-election.ts';
import { leaseRules } from '../../../src/operator/lease/lease-api.ts';
import type { LeaseTimes } from '../../../src/operator/lease/lease-times.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { eventually } from '../../adapters/kubernetes/eventually.ts';
import { KubeApiserver } from '../../harness/kube-apiserver.ts';
import { requires } from '../../harness/requirements.ts';
import { grant } from '../grant.ts';
import { Contest } from './candidate.ts';

describe('the times of a Lease', () => {
  test.each<[string, LeaseTimes]>([
    ['a deadline that is not before the end', { duration: 15_000, renewDeadline: 15_000, renewInterval: 2_000 }],
    ['an interval that leaves no second try', { duration: 15_000, renewDeadline: 10_000, renewInterval: 5_000 }],
    ['a duration of half seconds', { duration: 1_500, renewDeadline: 1_000, renewInterval: 100 }],
    ['nothing', { duration: 0, renewDeadline: 0, renewInterval: 0 }],
  ])('%s are refused', (_, times) => {
    const make = () => new LeaderElection({ client: undefined as never, clock: new ManualClock(), namespace: 'n', name: 'l', identity: 'i', times });
    expect(make).toThrow(/duration \d+ ms.*whole seconds/);
  });
});

requires('kube-apiserver').describe('leader election on a real API server', () => {
  let api: KubeApiserver;
  beforeAll(async () => {
    api = await KubeApiserver.start();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  test('one leads, and its Lease is as client-go has it', async () => {
    await using contest = new Contest(api);
    const { a, b } = await contest.leaderAndOther();
    expect(b.terms).toEqual([]);
    const { spec } = await contest.lease();
    expect(spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 30,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
    await a.renew();
    expect((await contest.lease()).spec).toEqual({ ...spec, renewTime: '2026-01-01T00:00:05.000000Z' });
  });

  test('who begin at once find one leader', async () => {
    await using contest = new Contest(api);
    const all = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((identity) => contest.candidate(identity)));
    await eventually(() => all.every(({ leads, log }) => leads || log.some((line) => line.startsWith('another leads'))));
    expect(all.filter(({ terms }) => terms.length > 0)).toHaveLength(1);
  });

  test('a leader that renews stays, though the others wait for ever, and costs 12 requests a minute, who waits none', async () => {
    await using contest = new Contest(api);
    const a = await contest.leader();
    const b = await contest.candidate('b');
    await eventually(() => b.calls.some(({ method }) => method === 'WATCH'));
    await eventually(() => a.calls.some(({ method }) => method === 'WATCH'));
    await eventually(() => a.client.underway + b.client.underway === 0);
    const before = { a: a.calls.length, b: b.calls.length };
    for (let renewals = 0; renewals < 12; renewals += 1) {
      await a.renew();
      await b.hears(await contest.lease());
      await b.clock.advance(5_000);
    }
    const { spec } = await contest.lease();
    expect(spec.leaseTransitions).toBe(0);
    expect(b.terms).toEqual([]);
    expect(a.calls.length - before.a).toBe(12);
    expect(b.calls.length).toBe(before.b);
  });

  test('one that dies without a word is followed after the duration, as the other has measured it', async () => {
    await using contest = new Contest(api);
    const { a, b } = await contest.leaderAndOther();
    a.die();
    await b.clock.advance(29_999);
    expect(b.writes).toBe(0);
    await b.clock.advance(1);
    await b.untilItLeads();
    expect((await contest.lease()).spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  test('a leader whose time stood still learns at once that it was followed', async () => {
    await using contest = new Contest(api);
    const { a, b } = await contest.leaderAndOther();
    await b.clock.advance(30_000);
    await b.untilItLeads();
    await eventually(() => !a.leads);
    expect(a.loss).toMatch(/The Lease default\/operator-\d+ was taken by "b"/);
  });

  test('released on a clean end, the other leads at once', async () => {
    await using contest = new Contest(api);
    const { a, b } = await contest.leaderAndOther();
    await a.stop();
    await b.untilItLeads();
    expect(b.clock.uptime()).toBe(new ManualClock().uptime());
    expect(contest.mostAtOnce).toBe(1);
    expect((await contest.lease()).spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  test('who waits and is stopped leaves the Lease alone', async () => {
    await using contest = new Contest(api);
    const { a, b } = await contest.leaderAndOther();
    const before = await contest.lease();
    await b.stop();
    expect(await contest.lease()).toEqual(before);
    expect(a.leads).toBe(true);
  });

  test('held and renewed until the work has ended, then released', async () => {
    await using contest = new Contest(api);
    let windUp = (): void => undefined;
    const a = await contest.candidate('a', { windUp: () => new Promise((resolve) => (windUp = resolve)) });
    await a.untilItLeads();
    const stopped = a.stop();
    expect(a.leads).toBe(false);
    for (let renewals = 0; renewals < 8; renewals += 1) await a.renew();
    expect((await contest.lease()).spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 30 });
    windUp();
    await stopped;
    expect((await contest.lease()).spec).toMatchObject({ holderIdentity: '', leaseTransitions: 0 });
  });

  test('work that fails releases the Lease and is told', async () => {
    await using contest = new Contest(api);
    const a = await contest.leader();
    a.failWork(new Error('out of ideas'));
    await expect(a.ended).rejects.toThrow('out of ideas');
    expect((await contest.lease()).spec.holderIdentity).toBe('');
  });

  test('steps of wall clocks change nothing', async () => {
    await using contest = new Contest(api);
    const { a, b } = await contest.leaderAndOther();
    for (const step of [86_400_000, -2 * 86_400_000, 3_000_000_000]) {
      a.clock.jump(step);
      b.clock.jump(-step);
      await a.renew();
      await b.clock.advance(5_000);
    }
    expect(a.terms).toHaveLength(1);
    expect(a.leads).toBe(true);
    expect(b.terms).toEqual([]);
    expect((await contest.lease()).spec.renewTime).toBe('2026-02-03T17:20:15.000000Z');
  });

  test('deleted by hand: the leader stops at once, and leads a new one before anyone else can', async () => {
    await using contest = new Contest(api);
    const { a, b } = await contest.leaderAndOther();
    const before = await contest.lease();
    await api.request('DELETE', contest.path);
    await eventually(() => a.terms.length === 2);
    expect((a.terms[0]?.reason as Error).message).toMatch(/was deleted/);
    await a.untilItLeads();
    await b.clock.advance(29_000);
    expect(b.terms).toEqual([]);
    const after = await contest.lease();
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect(after.spec.holderIdentity).toBe('a');
    expect(contest.mostAtOnce).toBe(1);
  });

  test('taken by hand: the leader stops at once, and somebody leads once that holder is silent', async () => {
    await using contest = new Contest(api);
    const clock = new ManualClock();
    const a = await contest.candidate('a', { clock });
    await a.untilItLeads();
    const b = await contest.candidate('b', { clock });
    await eventually(() => b.log.some((line) => line.startsWith('another leads')));
    await contest.edit({ spec: { holderIdentity: 'somebody' } });
    await eventually(() => !a.leads);
    expect(a.loss).toMatch(/taken by "somebody"/);
    await eventually(() => a.log.some((line) => line.startsWith('another leads')));
    const writes = a.writes + b.writes;
    await clock.advance(29_000);
    expect(a.writes + b.writes).toBe(writes);
    await clock.advance(1_000);
    await eventually(() => a.leads || b.leads);
    expect(contest.mostAtOnce).toBe(1);
    expect((await contest.lease()).spec.leaseTransitions).toBe(1);
  });

  test('other changes of the object do not disturb the leader', async () => {
    await using contest = new Contest(api);
    const a = await contest.leader();
    await contest.edit({ metadata: { labels: { seen: 'yes' } } });
    await a.renew();
    await eventually(async () => (await contest.lease()).spec.renewTime === '2026-01-01T00:00:05.000000Z');
    expect(a.terms).toHaveLength(1);
    expect(a.leads).toBe(true);
    expect((await contest.lease()).metadata.labels).toEqual({ seen: 'yes' });
  });

  test('needs the rights of its rules and no others', async () => {
    await using contest = new Contest(api);
    const kubeconfig = await api.kubeconfigFor(`user-of-${contest.name}`);
    const a = await contest.candidate('a', { kubeconfig });
    await eventually(() => a.log.some((line) => /the Lease cannot be read.*cannot get resource.*Grant this right/.test(line)));
    await grant(api, { user: `user-of-${contest.name}`, namespace: 'default', rules: leaseRules(contest.name) });
    await eventually(async () => {
      await a.passes(1_000);
      return a.leads;
    });
    await eventually(async () => {
      await a.passes(1_000);
      return a.calls.some(({ method, statusCode }) => method === 'WATCH' && statusCode === 200);
    });
    await a.renew();
    expect(a.leads).toBe(true);
  });

  type Deed = (server: KubeApiserver) => void | Promise<void>;
  describe.each<{ state: string; begin: Deed; end: Deed }>([
    {
      state: 'falls silent',
      begin: (server) => server.pause(),
      end: (server) => {
        server.resume();
      },
    },
    { state: 'is down', begin: (server) => server.stop(), end: (server) => server.restart() },
  ])('while the API server $state', ({ begin, end }) => {
    test('the leader gives up before another could take over, and one leads afterwards', async () => {
      await using contest = new Contest(api);
      const clock = new ManualClock();
      const a = await contest.candidate('a', { clock });
      await a.untilItLeads();
      const b = await contest.candidate('b', { clock });
      await eventually(() => b.log.some((line) => line.startsWith('another leads')));
      await begin(api);
      try {
        await clock.advance(19_999);
        expect(a.leads).toBe(true);
        await clock.advance(1);
        expect(a.leads).toBe(false);
        expect(a.loss).toMatch(/could not be renewed for 20 s/);
        for (let seconds = 0; seconds < 40; seconds += 1) await clock.advance(1_000);
        expect([a.leads, b.leads]).toEqual([false, false]);
      } finally {
        await end(api);
      }
      await eventually(async () => {
        await eventually(() => b.client.underway === 0);
        await a.passes(500);
        return a.leads || b.leads;
      });
      expect(contest.mostAtOnce).toBe(1);
      const leader = a.leads ? 'a' : 'b';
      expect((await contest.lease()).spec.holderIdentity).toBe(leader);
    });
  });
});
