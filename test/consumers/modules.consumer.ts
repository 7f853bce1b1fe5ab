import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ConsumerProject } from './consumer-project.ts';

/** The oldest that package.json allows, as npm has it for this machine. */
const OLDEST = `node-${process.platform}-${process.arch}`;

let esModule: ConsumerProject;
let commonJs: ConsumerProject;
let both: ConsumerProject;
let oldest: string;
beforeAll(async () => {
  [esModule, commonJs, both] = await Promise.all([ConsumerProject.install('es-module'), ConsumerProject.install('commonjs'), ConsumerProject.install('both', `${OLDEST}@22.0.0`)]);
  oldest = join(both.path, 'node_modules', OLDEST, 'bin/node');
});

const NODES = [
  { node: 'this Node.js', copies: 1, argv: () => [process.execPath] },
  { node: 'this Node.js, told to require no ES modules', copies: 2, argv: () => [process.execPath, '--no-experimental-require-module'] },
  { node: 'Node.js 22.0.0', copies: 2, argv: () => [oldest] },
] as const;

describe.each(NODES)('on $node', ({ argv, copies }) => {
  const run = async (project: ConsumerProject, ...more: readonly string[]) => {
    const [program, ...options] = argv();
    return project.run(program ?? '', ...options, ...more);
  };

  it('an ES module captures', async () => {
    expect(JSON.parse(await run(esModule, 'capture.js'))).toEqual({
      progress: 'finished',
      reason: 'Stopped',
      packets: { captured: 3, received: 4, dropped: 1 },
      written: true,
      filter: 'icmp',
    });
  });

  it('a CommonJS module has an agent with a claim rule of its own', async () => {
    expect(JSON.parse(await run(commonJs, 'agent.js'))).toEqual({
      name: 'n1-mine',
      reason: 'PacketLimit',
      packets: { captured: 2, received: 2, dropped: 0 },
      taken: ['n1-mine'],
    });
  });

  it('its claim rule passes the contract suite in node:test', async () => {
    const told = await run(commonJs, '--test', '--test-reporter=tap', 'claim-by-name.test.js');
    expect(told).toMatch(/^# fail 0$/m);
    expect(Number(/^# pass (\d+)$/m.exec(told)?.[1])).toBeGreaterThanOrEqual(3);
  });

  it('parts of the ES modules and of CommonJS work with each other, and know the errors of each other', async () => {
    expect(JSON.parse(await run(both, 'main.js'))).toEqual({
      copies,
      ends: ['PacketLimit', 'FilterInvalid'],
      known: [true, true, 'HostmountLocked', 'HostmountLockedError'],
      tokens: true,
    });
  });
});
