import { describe, expect, test } from 'vitest';
import type { Lease, LeaseSpec } from '../../../src/operator/lease/lease.ts';
import { LeaseView } from '../../../src/operator/lease/lease-view.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';

const lease = (resourceVersion: number, spec: LeaseSpec, uid = 'first'): Lease => ({
  metadata: { name: 'operator', uid, resourceVersion: String(resourceVersion) },
  spec,
});
const hear = (view: LeaseView, { metadata: { uid, resourceVersion }, ...rest }: Lease) =>
  view.hear(uid, { metadata: { name: 'operator', uid, resourceVersion }, ...rest }, resourceVersion);

function seen(spec: LeaseSpec) {
  const clock = new ManualClock();
  const view = new LeaseView(clock, 30_000);
  view.read(lease(10, spec));
  return { clock, view };
}

describe('the view of a Lease', () => {
  test('counts from when it was seen, whatever times it has', async () => {
    const { clock, view } = seen({ holderIdentity: 'a', leaseDurationSeconds: 12, renewTime: '1999-01-01T00:00:00.000000Z' });
    expect(view.waitOf('b')).toBe(12_000);
    clock.jump(86_400_000);
    await clock.advance(11_000);
    expect(view.waitOf('b')).toBe(1_000);
    await clock.advance(5_000);
    expect(view.waitOf('b')).toBe(0);
    expect(view.holder).toBe('a');
  });

  test('any change is a sign of life', async () => {
    const { clock, view } = seen({ holderIdentity: 'a', leaseDurationSeconds: 12 });
    await clock.advance(11_000);
    expect(hear(view, lease(11, { holderIdentity: 'a', leaseDurationSeconds: 12 }))).toBe(true);
    expect(view.waitOf('b')).toBe(12_000);
    await clock.advance(1_000);
    view.read(lease(11, { holderIdentity: 'a', leaseDurationSeconds: 12 }));
    expect(view.waitOf('b')).toBe(11_000);
  });

  test.each([
    ['nobody has it', { leaseDurationSeconds: 12 }, 0],
    ['it was released', { holderIdentity: '', leaseDurationSeconds: 1 }, 0],
    ['it is its own', { holderIdentity: 'b', leaseDurationSeconds: 12 }, 0],
    ['it names no duration', { holderIdentity: 'a' }, 30_000],
    ['it has no spec', undefined, 0],
  ])('who waits how long when %s', (_, spec, wait) => {
    expect(seen(spec ?? {}).view.waitOf('b')).toBe(wait);
  });

  test('nobody takes what is not known yet', () => {
    expect(new LeaseView(new ManualClock(), 30_000).waitOf('b')).toBe(Infinity);
  });

  test('a Lease that was deleted is not free before its holder must have noticed', async () => {
    const { clock, view } = seen({ holderIdentity: 'a', leaseDurationSeconds: 12 });
    await clock.advance(2_000);
    expect(view.hear('first', undefined, '11')).toBe(true);
    expect(view.holder).toBe('');
    expect(view.waitOf('b')).toBe(10_000);
    expect(view.waitOf('a')).toBe(0);
    view.read(undefined);
    expect(view.waitOf('b')).toBe(10_000);
  });

  test('one that never was is free', () => {
    const view = new LeaseView(new ManualClock(), 30_000);
    view.read(undefined);
    expect(view.waitOf('b')).toBe(0);
    expect(hear(view, lease(5, { holderIdentity: 'a' }))).toBe(true);
    expect(view.holder).toBe('a');
  });

  test('late news change nothing; what the API server answers does, also after a restore of its storage', () => {
    const { view } = seen({ holderIdentity: 'a' });
    expect(hear(view, lease(9, { holderIdentity: 'z' }))).toBe(false);
    expect(hear(view, lease(10, { holderIdentity: 'z' }))).toBe(false);
    expect(view.hear('another', undefined, '12')).toBe(false);
    expect(view.holder).toBe('a');
    view.read(lease(3, { holderIdentity: 'c' }));
    expect(view.holder).toBe('c');
  });
});
