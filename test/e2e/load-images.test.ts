import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadImages } from './load-images.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pcapper-load-'));
  for (const program of ['kind', 'load']) {
    writeFileSync(join(folder, program), `#!/bin/sh\nfor word; do echo "${program}: $word"; done >> ${folder}/called\n`);
    chmodSync(join(folder, program), 0o755);
  }
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const called = () => readFileSync(join(folder, 'called'), 'utf8').trimEnd().split('\n');

describe('images for a cluster of somebody else’s', () => {
  it('go to the kind cluster of the context', async () => {
    await loadImages(['/a.tar'], { context: 'kind-two nodes' });
    expect(called()).toEqual(['kind: load', 'kind: image-archive', 'kind: /a.tar', 'kind: --name', 'kind: two nodes']);
  });

  it('go by the given command, one after the other, without a shell', async () => {
    await loadImages(['/a b.tar', '/$(c).tar'], { command: 'load --to  node', context: 'kind-x' });
    expect(called()).toEqual(['load: --to', 'load: node', 'load: /a b.tar', 'load: --to', 'load: node', 'load: /$(c).tar']);
  });

  it('are not forgotten where neither is known', async () => {
    await expect(loadImages(['/a.tar'], { context: 'production' })).rejects.toThrow('Set PCAPPER_E2E_LOAD to a command');
  });

  it('fail with the command', async () => {
    await expect(loadImages(['/a.tar'], { command: 'false', context: 'production' })).rejects.toThrow('false /a.tar');
  });
});
