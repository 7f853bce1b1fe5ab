import { execa } from 'execa';

/** Runs a file of tests, which lies beside this one, under node:test. @returns its report in TAP */
export async function inNodeTest(file: string): Promise<string> {
  const { stdout } = await execa(process.execPath, ['--test', '--test-reporter=tap', `${import.meta.dirname}/${file}`], {
    // vitest's own settings would have node:test report to it.
    env: { NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined },
  });
  return stdout;
}
