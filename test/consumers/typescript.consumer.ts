import { beforeAll, describe, expect, it } from 'vitest';
import { ConsumerProject } from './consumer-project.ts';

let project: ConsumerProject;
beforeAll(async () => {
  project = await ConsumerProject.install('typescript');
});

const captured = { progress: 'finished', packets: { captured: 4, received: 4, dropped: 0 }, device: 'bond0', times: true, refusal: 'ApiConnection' };

describe('TypeScript without skipLibCheck and without optional peers', () => {
  it.each(['node16', 'nodenext'])('compiles with module %s, as ES module and as CommonJS, and runs', async (module) => {
    expect(await project.compile(`tsconfig.${module}.json`)).toBe('');
    expect(await project.node(`out-${module}/main.js`)).toEqual(captured);
    expect(await project.node(`out-${module}/legacy.cjs`)).toEqual({ code: 'FilterTooLong', bytes: 1e10 });
    expect(await project.run(process.execPath, '--test', '--test-reporter=tap', `out-${module}/main.js`)).toMatch(/^# fail 0$/m);
  });

  it('compiles in the way that TypeScript found modules before it knew of exports (node10), and runs', async () => {
    expect(await project.compile('tsconfig.node10.json')).toBe('');
    expect(await project.node('out-node10/older.cjs')).toEqual({ entries: ['function', 'function', 'object', 'function'] });
  });

  it('compiles as for a bundler', async () => {
    expect(await project.compile('tsconfig.bundler.json')).toBe('');
  });
});
