import { expect, it } from 'vitest';
import { ProgressLine } from '../../src/cli/get/progress-line.ts';

function shown(isTTY: boolean, columns = 100) {
  let now = 0;
  let text = '';
  const screen = {
    isTTY,
    columns,
    write: (more: string) => {
      text += more;
    },
  };
  const line = new ProgressLine({ screen, label: 'web', total: 1_000_000, begun: 200_000, now: () => now });
  return {
    line,
    at: (ms: number, bytes: number): string => {
      now = ms;
      text = '';
      line.arrived(bytes);
      return text;
    },
    text: () => text,
  };
}

it('draws one line on a terminal, again and again', () => {
  const { at, line, text } = shown(true);
  expect(at(0, 50_000)).toBe(`\rweb  [======                  ]  25 %  250 kB of 1 MB\u001b[K`);
  expect(at(50, 1)).toBe('');
  expect(at(2000, 249_999)).toBe(`\rweb  [============            ]  50 %  500 kB of 1 MB  150 kB/s  4 s left\u001b[K`);
  line.tell('Trying again.');
  expect(text()).toContain('\r\u001b[KTrying again.\n');
  expect(at(2001, 0)).toMatch(/^\rweb/);
});

it('keeps to the width of a terminal', () => {
  expect(shown(true, 30).at(0, 0).replace('\u001b[K', '').length).toBeLessThanOrEqual(30);
});

it('writes a line each ten seconds elsewhere, and none for what is quick', () => {
  const { at, line, text } = shown(false);
  expect(at(9_999, 300_000)).toBe('');
  expect(at(10_000, 100_000)).toBe('web  60 %  600 kB of 1 MB  40 kB/s  10 s left\n');
  expect(at(19_999, 100_000)).toBe('');
  line.clear();
  expect(text()).toBe('');
});
