import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { requires } from '../harness/requirements.ts';

const MAIN = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));

function bench(...argv: string[]) {
  return execa(process.execPath, [MAIN, ...argv], { reject: false });
}

/** A folder with these programs of this machine, to be all of a PATH. */
function programs(...names: string[]): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'pcapper-bench-path-'));
  for (const name of names) symlinkSync(execaSync('which', [name]).stdout, join(path, name));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
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
        ...['operator.idleRss', 'operator.idleRequests', 'install.toFirstCapture', 'e2e.createToRunning.p50', 'agent.containerMemory', 'get.rate'],
        ...['annotateToCapturing.p50', 'agent.idleRss.annotation', 'job.createToCapturing.p50'],
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

requires('root', 'tcpdump', 'ip', 'nsenter', 'loop', 'perl').describe('a machine on which no cluster can be started', () => {
  it('has the figures of a cluster named as not measured, with the reason', async () => {
    using only = programs('which', 'tcpdump', 'ip', 'nsenter', 'losetup', 'mkfs.ext4', 'perl');
    const { stdout, stderr, exitCode } = await execa(process.execPath, [MAIN, '--json', '--only', 'get,install'], { reject: false, env: { PATH: only.path } });
    expect(exitCode).toBe(1);
    const { figures } = JSON.parse(stdout) as { figures: { name: string; value: null; error: string }[] };
    expect(figures.map(({ name, value }) => [name, value])).toEqual([
      ['get.rate', null],
      ['install.toFirstCapture', null],
    ]);
    for (const { error } of figures) {
      expect(error).toContain('apt-get install -y --no-install-recommends etcd-server containerd runc');
      expect(error).toContain('needs docker, podman or buildah');
    }
    expect(stderr).toContain('Not measured: get.rate, install.toFirstCapture');
  });
});
