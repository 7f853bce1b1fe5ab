import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));

function bench(...argv: string[]) {
  return execa(process.execPath, [MAIN, ...argv], { reject: false });
}

describe('npm run bench', () => {
  it('prints one object with the figures that are asked for', async () => {
    const { stdout, stderr, exitCode } = await bench('--json', '--only', 'import.time,import.rss');
    expect(exitCode, stderr).toBe(0);
    const { figures } = JSON.parse(stdout) as { figures: { name: string; value: number; unit: string; baseline: number; ratio: number }[] };
    expect(figures.map(({ name, unit }) => [name, unit])).toEqual([
      ['import.rss', 'MB'],
      ['import.time', 'ms'],
    ]);
    for (const { value, baseline, ratio } of figures) expect(value / baseline).toBe(ratio);
  }, 600_000);

  it('lists every figure once, those of the issue among them', async () => {
    const { stdout } = await bench('--list');
    const names = stdout.split('\n').map((line) => line.split(' ')[0]);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining([
        ...['createToRunning.p50', 'createToRunning.p99', 'agent.idleRss', 'agent.ready', 'agent.idleRequests', 'import.rss', 'import.time'],
        ...['resolve.p50', 'resolve.stall', 'capture.lossRatio', 'stop.tailLoss', 'concurrent.missing', 'concurrent.rssPerCapture'],
        ...['scale.eventsPerCapture', 'soak.rssSlope', 'soak.fdSlope'],
      ]),
    );
  });

  it.each(['--only createToRunnin', '--fast', 'resolve'])('refuses %s and says what there is', async (given) => {
    const { stderr, stdout, exitCode } = await bench(...given.split(' '));
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('--only');
  });
});
