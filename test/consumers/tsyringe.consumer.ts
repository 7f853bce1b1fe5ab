import { beforeAll, describe, expect, it } from 'vitest';
import { ConsumerProject } from './consumer-project.ts';

let project: ConsumerProject;
beforeAll(async () => {
  project = await ConsumerProject.install('tsyringe');
  expect(await project.compile()).toBe('');
});

describe('with tsyringe', () => {
  const told = { reason: 'PacketLimit', counted: '2', reported: ['web-1'] };

  it('an agent in a container that is there already has a decorated claim rule', async () => {
    expect(await project.node('out/own-container.js')).toEqual({ told, global: false });
  });

  it('an agent has a container made for it', async () => {
    expect(await project.node('out/no-container.js')).toEqual({ told });
  });
});
