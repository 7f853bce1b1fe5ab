import { expect, test } from 'vitest';
import { KubernetesClient } from '../../../src/adapters/kubernetes/index.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { childOf } from '../../../src/operator/sets/child.ts';
import { Children } from '../../../src/operator/sets/children.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { NAMESPACE } from './cluster.ts';

const set = { name: 'web', uid: 'set-uid' };
const spec = { targetNamespace: 'shop', selector: {}, template: {} };

/** As the API server answers. */
function answered(status: object) {
  const child = childOf(set, spec, { name: 'web-0', uid: 'pod-uid' }, 60);
  const { name = '', ...metadata } = child.metadata;
  return { ...child, metadata: { ...metadata, name, uid: 'child-uid', resourceVersion: '1' }, status };
}

function childrenAt(clock: ManualClock): Children {
  const client = new KubernetesClient({ server: new URL('http://127.0.0.1:1'), requestOptions: () => Promise.resolve({}) });
  return new Children({ client, clock, logger: silentLogger, namespace: NAMESPACE, changed: () => undefined });
}

test('an answer is known before the watch is', () => {
  const children = childrenAt(new ManualClock());
  children.adopt(answered({}));
  expect(children.of('set-uid')).toMatchObject([{ uid: 'child-uid', pod: 'web-0', podUID: 'pod-uid' }]);
  expect(children.of('another')).toEqual([]);
  expect(children.begun('set-uid')).toBeUndefined();
});

test('what another operator made may have begun, or failed, by then', () => {
  for (const at of ['startTime', 'completionTime']) {
    const clock = new ManualClock();
    const children = childrenAt(clock);
    children.adopt(answered({ [at]: new Date(clock.now() - 20_000).toISOString() }));
    expect(children.begun('set-uid')).toBe(clock.uptime() - 20_000);
    children.forget('set-uid');
    expect(children.begun('set-uid')).toBeUndefined();
  }
});

test('a node whose clock is ahead has not begun in the future', () => {
  const clock = new ManualClock();
  const children = childrenAt(clock);
  children.adopt(answered({ startTime: new Date(clock.now() + 20_000).toISOString() }));
  expect(children.begun('set-uid')).toBe(clock.uptime());
});
