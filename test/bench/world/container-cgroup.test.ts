import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ContainerCgroup } from '../../../bench/world/container-cgroup.ts';
import { makeNodeCgroup } from '../../e2e/cluster/node-cgroup.ts';
import { killAtExit } from '../../harness/at-exit.ts';
import { requires } from '../../harness/requirements.ts';

const ROOT = '/sys/fs/cgroup';
const MEGABYTES = 100;

requires('root', 'cgroup').describe('the memory of a container', () => {
  let container: string;
  beforeEach(() => {
    container = randomBytes(32).toString('hex');
    makeNodeCgroup(container);
  });
  afterEach(() => {
    for (const hierarchy of ['.', ...readdirSync(ROOT)]) if (existsSync(join(ROOT, hierarchy, container))) rmdirSync(join(ROOT, hierarchy, container));
  });

  it('is what its processes have taken, and apart from that the pages of programs that others have read before', async () => {
    const program = `process.stdin.once('data', () => { globalThis.taken = Buffer.alloc(${MEGABYTES}e6, 1); process.stdout.write('taken'); });`;
    // This very program is Node, too: its pages are charged already.
    const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
    killAtExit(child);
    const exit = once(child, 'exit');
    try {
      const procs = ['memory', '.'].map((hierarchy) => join(ROOT, hierarchy, container, 'cgroup.procs')).find((file) => existsSync(file)) ?? '';
      writeFileSync(procs, String(child.pid));
      const memory = new ContainerCgroup(container);
      const before = memory.anonymous();
      child.stdin.write('go');
      await once(child.stdout, 'data');
      expect(memory.anonymous() - before).toBeGreaterThan(MEGABYTES * 0.99);
      expect(memory.anonymous() - before).toBeLessThan(MEGABYTES * 1.5);
      expect(memory.workingSet()).toBeGreaterThan(memory.anonymous() * 0.99);
      expect(memory.peak()).toBeGreaterThanOrEqual(memory.workingSet());
      expect(memory.chargedToOthers()).toBeGreaterThan(20);
    } finally {
      child.kill('SIGKILL');
      await exit;
    }
  });

  it('is asked of a container that is there', () => {
    expect(() => new ContainerCgroup('f'.repeat(64))).toThrow('no cgroup of the container');
  });
});
