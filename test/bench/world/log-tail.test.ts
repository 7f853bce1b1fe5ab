import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LogTail } from '../../../bench/world/log-tail.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pcapper-log-tail-'));
  file = join(folder, 'log');
  appendFileSync(file, '{"n":0}\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

const isLine = (...numbers: readonly number[]) => (line: Readonly<Record<string, unknown>>) => numbers.includes(Number(line['n']));

it('reads each line that is written after it was made, in their order, with the moment', async () => {
  using log = new LogTail(file);
  const before = performance.now();
  const waited = log.next(isLine(0, 2));
  appendFileSync(file, '{"n":1}\n{"n":2}\n{"n":3}\n{"n":4}\n');
  const { line, at } = await waited;
  expect(line).toEqual({ n: 2 });
  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(performance.now());
  expect((await log.next(() => true)).line).toEqual({ n: 3 });
  expect((await log.next(() => true)).line).toEqual({ n: 4 });
});

it('waits for the rest of a line', async () => {
  using log = new LogTail(file);
  const whole = Buffer.from('{"n":1,"text":"grün"}\n');
  const within = whole.indexOf('ü') + 1;
  appendFileSync(file, whole.subarray(0, within));
  const waited = log.next(isLine(1));
  appendFileSync(file, whole.subarray(within));
  expect((await waited).line).toEqual({ n: 1, text: 'grün' });
});

it('keeps what comes between two questions', async () => {
  using log = new LogTail(file);
  appendFileSync(file, '{"n":1}\n');
  await log.next(isLine(1));
  appendFileSync(file, '{"n":2}\n');
  expect((await log.next(isLine(2))).line).toEqual({ n: 2 });
});
