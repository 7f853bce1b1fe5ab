import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WallClock } from './wall-clock.ts';

const HOUR = 3_600_000;

/** Tells all its clocks for each line that it reads. */
const TELLER = `
  process.stdin.on('data', () => {
    const told = { now: Date.now(), date: new Date().getTime(), text: Date.parse(Date()), given: new Date(5).getTime(), utc: Date.UTC(2026, 0, 1), uptime: require('node:os').uptime(), steady: performance.now(), isDate: new Date() instanceof Date };
    process.stdout.write(JSON.stringify(told));
  });`;

interface Told {
  readonly now: number;
  readonly date: number;
  readonly text: number;
  readonly given: number;
  readonly utc: number;
  readonly uptime: number;
  readonly steady: number;
  readonly isDate: boolean;
}

describe('the wall clock of a process', () => {
  let folder: string;
  let clock: WallClock;
  let teller: ChildProcessByStdio<Writable, Readable, null>;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pcapper-clock-'));
    clock = new WallClock(folder);
    teller = spawn(process.execPath, ['-e', TELLER], { env: { ...process.env, ...clock.environment }, stdio: ['pipe', 'pipe', 'inherit'] });
  });
  afterEach(() => {
    teller.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  const tell = async () => {
    teller.stdin.write('\n');
    const [text] = (await once(teller.stdout, 'data')) as [Buffer];
    return JSON.parse(text.toString()) as Told;
  };

  it.each([0, HOUR, -HOUR])('is stepped by %s ms while it runs, and no other clock is', async (offset) => {
    const first = await tell();
    expect(Math.abs(first.now - Date.now())).toBeLessThan(HOUR / 4);
    clock.step(offset);
    const then = await tell();
    for (const time of [then.now, then.date, then.text]) expect(Math.abs(time - Date.now() - offset)).toBeLessThan(HOUR / 4);
    expect(then).toMatchObject({ given: 5, utc: Date.UTC(2026, 0, 1), isDate: true });
    expect(then.steady).toBeGreaterThan(first.steady);
    expect(then.uptime - first.uptime).toBeLessThan(HOUR / 4 / 1000);
  });
});
