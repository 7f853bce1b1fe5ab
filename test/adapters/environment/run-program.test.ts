import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const modulePath = (name: string) => fileURLToPath(new URL(`../../../src/adapters/environment/${name}.ts`, import.meta.url));

const PROGRAM = `
  import { runProgram } from ${JSON.stringify(modulePath('run-program'))};
  import { oneOf, required } from ${JSON.stringify(modulePath('settings-table'))};
  const logger = { fatal: (fields, message) => console.log(JSON.stringify({ ...fields, message })) };
  const settings = [{ variable: 'TASTE', option: 'taste', help: '', parse: required(oneOf(['sweet', 'sour', 'bitter'])) }];
  const once = {
    help: () => 'how it is set for once',
    settings: [],
    main: async ({ TASTE }) => {
      if (TASTE === 'bitter') throw new Error('too bitter');
      console.log('once', TASTE);
      return TASTE === 'salty' ? 3 : 0;
    },
    fails: (error, { TASTE }) => {
      console.log('told of', error.message, TASTE);
      return 7;
    },
  };
  runProgram(async ({ TASTE, OTHER }) => {
    if (TASTE === 'bitter') throw new Error('too bitter');
    console.log(TASTE, OTHER);
  }, { name: 'the test', help: () => 'how it is set', settings, modes: { once }, logger });
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pcapper-program-'));
  await writeFile(join(folder, 'main.mjs'), PROGRAM);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = async (argv: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
  const running = promisify(execFile)(process.execPath, [join(folder, 'main.mjs'), ...argv], { env: { PATH: process.env['PATH'], ...environment } });
  const ended: { stdout: string; stderr: string; code?: number } = await running.catch((error: unknown) => error as { stdout: string; stderr: string; code: number });
  const { stdout, stderr, code = 0 } = ended;
  return { stdout, stderr, code };
};

describe('a program', () => {
  it('gets its environment', async () => {
    expect(await run([], { TASTE: 'sweet', OTHER: 'x' })).toEqual({ stdout: 'sweet x\n', stderr: '', code: 0 });
  });

  it('gets what an option says in place of its variable', async () => {
    expect(await run(['--taste', 'sour'], { TASTE: 'sweet', OTHER: 'x' })).toEqual({ stdout: 'sour x\n', stderr: '', code: 0 });
  });

  it('prints its help', async () => {
    for (const argv of [['--help'], ['--once', '--help']]) expect(await run(argv)).toEqual({ stdout: 'how it is set\nhow it is set for once', stderr: '', code: 0 });
  });

  it('ends with 2 for a command line that is wrong, and does nothing', async () => {
    expect(await run(['--taste', 'salty'])).toEqual({
      stdout: '',
      stderr: 'The command line of the test is wrong. --taste is "salty"; it must be one of sweet, sour, bitter. See --help.\n',
      code: 2,
    });
    expect(await run(['--colour', 'red'])).toMatchObject({ stdout: '', code: 2 });
  });

  it('is something else when it is asked to, and ends as that says', async () => {
    expect(await run(['--once'], { TASTE: 'sweet' })).toEqual({ stdout: 'once sweet\n', stderr: '', code: 0 });
    expect(await run(['--once'], { TASTE: 'salty' })).toEqual({ stdout: 'once salty\n', stderr: '', code: 3 });
    expect(await run(['--once'], { TASTE: 'bitter' })).toEqual({ stdout: 'told of too bitter bitter\n', stderr: '', code: 7 });
  });

  it('has its other mode told what is wrong with the command line', async () => {
    const { stdout, stderr, code } = await run(['--once', '--taste', 'sour'], { TASTE: 'sweet' });
    expect({ stderr, code }).toEqual({ stderr: '', code: 7 });
    expect(stdout).toBe("told of The command line of the test is wrong. Unknown option '--taste'. The options are: --once, --help. All else is set by environment variables: see --help. sweet\n");
  });

  it('ends with 1 when it fails, and says why on stderr and in its log', async () => {
    const { stdout, stderr, code } = await run(['--taste', 'bitter']);
    expect({ stderr, code }).toEqual({ stderr: expect.stringContaining('too bitter') as string, code: 1 });
    expect(stdout).toContain('too bitter');
  });
});
