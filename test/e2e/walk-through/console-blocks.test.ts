import { describe, expect, it } from 'vitest';
import { patternOf, stepsOf } from './console-blocks.ts';

describe('the commands of a page', () => {
  it('are what stands behind a dollar sign in console blocks, with what follows as their output', () => {
    const page = ['Text with $ no command', '```sh', '$ not this', '```', '```console', '$ first', 'one', '  two', '$ second \\', '    -n more', 'three', '$ third', '```', '$ nor this'];
    expect(stepsOf(page.join('\n'))).toEqual([
      { command: 'first', output: ['one', '  two'], line: 6 },
      { command: 'second \\\n    -n more', output: ['three'], line: 9 },
      { command: 'third', output: [], line: 12 },
    ]);
  });
});

describe('an output', () => {
  it.each<[string, readonly string[], string, boolean]>([
    ['is taken literally', ['a.b (c)'], 'a.b (c)\n', true],
    ['is no pattern itself', ['a.b'], 'axb\n', false],
    ['has anything for an ellipsis', ['pod/… 1/1'], 'pod/web-7 1/1\n', true],
    ['has no other line for an ellipsis in a line', ['a … b'], 'a\nb\n', false],
    ['has any lines for a line of it', ['a', '…', 'z'], 'a\nb\nc\nz\n', true],
    ['has no line at all for it, too', ['a', '…', 'z'], 'a\nz\n', true],
    ['has columns of any width', ['NAME   AGE'], 'NAME          AGE\n', true],
    ['has nothing behind its end', ['a'], 'a\nb\n', false],
    ['is nothing', [], '', true],
    ['is not something', [], 'a\n', false],
  ])('%s', (_what, output, printed, matches) => {
    expect(patternOf(output).test(printed)).toBe(matches);
  });
});
