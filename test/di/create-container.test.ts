import { expect, it } from 'vitest';
import { createContainer } from '../../src/di/create-container.ts';
import { TOKENS } from '../../src/di/tokens.ts';
import { ManualClock } from '../../src/testing/index.ts';

it('gives a container of its own: what is registered in it is in no other', async () => {
  const [one, another] = [await createContainer(), await createContainer()];
  const clock = new ManualClock();
  one.register(TOKENS.Clock, { useValue: clock });
  expect(one.resolve(TOKENS.Clock)).toBe(clock);
  expect(another.isRegistered(TOKENS.Clock, true)).toBe(false);
});
