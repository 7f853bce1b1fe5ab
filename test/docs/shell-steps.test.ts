import { describe, expect, it } from 'vitest';
import { blocksOfText } from './markdown-blocks.ts';
import { patternOf, stepsOf } from './shell-steps.ts';

function steps(...lines: readonly string[]) {
  return blocksOfText('page.md', lines.join('\n')).flatMap(stepsOf);
}

describe('the commands of a page', () => {
  it('are what stands behind a dollar sign in console blocks, with what follows as their output', () => {
    expect(steps('Text with $ no command', '```console', '$ first', 'one', '  two', '$ second \\', '    -n more', 'three', '$ third', '```', '$ nor this')).toEqual([
      { command: 'first', output: ['one', '  two'], line: 3 },
      { command: 'second \\\n    -n more', output: ['three'], line: 6 },
      { command: 'third', output: [], line: 9 },
    ]);
  });

  it('are what bash takes for one in sh blocks, without comments', () => {
    const block = ['# Why.', 'one --flag   # so', 'two \\', '  more', '', 'for x in 1 2; do', '  three "$x"', 'done', "four <<'END'", 'a: b # kept', 'END', 'five'];
    expect(steps('```sh', ...block, '```')).toEqual([
      { command: 'one --flag', line: 3 },
      { command: 'two \\\n  more', line: 4 },
      { command: 'for x in 1 2; do\n  three "$x"\ndone', line: 7 },
      { command: "four <<'END'\na: b # kept\nEND", line: 10 },
      { command: 'five', line: 13 },
    ]);
  });

  it('are not understood where bash does not', () => {
    expect(() => steps('text', '```sh', 'one', 'for x in', '```')).toThrow('page.md:4: bash does not understand it');
  });

  it('apply captures in yaml blocks, and no other objects', () => {
    expect(steps('```yaml', 'apiVersion: pcapper.io/v1alpha1', 'kind: PacketCapture', '```', '```yaml', 'apiVersion: v1', '```')).toEqual([
      { command: "kubectl apply -f - <<'END'\napiVersion: pcapper.io/v1alpha1\nkind: PacketCapture\nEND", line: 2 },
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
