import 'reflect-metadata';
import { join } from 'node:path';
import { container } from 'tsyringe';
import { expect, it } from 'vitest';
import { formatOrder, ONE_SHOT_TOKENS, oneShotIdentity, openHostmount, readOneShotSettings, registerOneShot, TOKENS } from 'pcapper/di';
import { DEFAULT_LIMITS, silentLogger } from 'pcapper';
import { FakeInterfaceResolver } from 'pcapper/testing';
import { TestHostmount } from '../harness/agent-process.ts';

const target = { kind: 'node', node: 'n1', interface: 'eth0' } as const;
const order = { request: { uid: 'uid-1', name: 'web', target, limits: DEFAULT_LIMITS }, target };

it('makes every part of the one-shot mode once, by the capture’s own name, and replaces one by one registration', async () => {
  using folder = new TestHostmount();
  const settings = readOneShotSettings({ NODE_NAME: 'n1', HOSTMOUNT: folder.path, READY_FILE: join(folder.path, 'capturing'), CAPTURE_ORDER: formatOrder(order) });
  const identity = oneShotIdentity('n1', settings.order.request.uid);
  await using hostmount = await openHostmount({ path: folder.path, node: identity, ephemeral: true });
  const parts = registerOneShot(container.createChildContainer(), { settings, hostmount, identity, logger: silentLogger });
  const mine = new FakeInterfaceResolver();
  parts.register(TOKENS.InterfaceResolver, { useValue: mine });
  for (const token of [...Object.values(ONE_SHOT_TOKENS), TOKENS.CaptureEngine, TOKENS.ProgressSinks] as (typeof ONE_SHOT_TOKENS.OneShot)[]) {
    expect(parts.resolve(token)).toBe(parts.resolve(token));
    expect(container.isRegistered(token)).toBe(false);
  }
  const engine = parts.resolve(TOKENS.CaptureEngine);
  expect(engine.settings).toMatchObject({ node: 'n1', identity, maxConcurrent: 1 });
  expect(engine.parts.resolver).toBe(mine);
});
