import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { measureFolder } from '../../../src/adapters/disk/disk-usage.ts';
import { HostmountDirectory } from '../../../src/adapters/disk/hostmount-directory.ts';
import { MEGABYTE, ringBytes, rotationSize } from '../../../src/core/capture-request.ts';
import { mountExt4 } from '../../adapters/disk/mounts.ts';
import { requires } from '../../harness/requirements.ts';
import { TestPod } from '../../harness/test-pod.ts';

requires('root', 'tcpdump', 'ip', 'cgroup', 'nsenter').describe('a ring that wraps, of packets as large as they come', () => {
  it.each([
    { megabytes: 10, within: 10 * MEGABYTE },
    { megabytes: 1, within: MEGABYTE + 16 + 262_144 },
  ])('stays within its reservation on disk, and each file of $megabytes MB within $within bytes', async ({ megabytes, within }) => {
    const path = await mountExt4(200_000_000);
    const limits = { maxFileSize: megabytes * MEGABYTE, fileCount: 2, snapLength: 262_144 };
    const before = (await measureFolder(path)).used;
    await using pod = await TestPod.create();
    const rotateAt = String(rotationSize(limits) / MEGABYTE);
    const argv = ['-i', 'lo', '-n', '-p', '-U', '-Z', 'root', '-s', '262144', '-C', rotateAt, '-W', '2', '-w', join(path, 'n1.a.1.pcap'), '--', 'udp'];
    const tcpdump = spawn('nsenter', [`--net=/proc/${pod.pid}/ns/net`, 'tcpdump', ...argv], { stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      for await (const line of createInterface(tcpdump.stderr)) if (line.includes('listening on')) break;
      const directory = new HostmountDirectory(path, 'n1', () => Promise.reject(new Error('not asked here')));
      let largest = 0;
      for (let round = 0; round < 12; round += 1) {
        await pod.sendUdp(Math.ceil((megabytes * MEGABYTE) / 60_000 / 3), { to: '127.0.0.1', bytes: 60_000, pauseMs: 1 });
        for (const { bytes } of await directory.files('n1.a.1.pcap')) largest = Math.max(largest, bytes);
        expect((await measureFolder(path)).used - before).toBeLessThanOrEqual(ringBytes(limits));
      }
      expect(largest).toBeGreaterThan(rotationSize(limits));
      expect(largest).toBeLessThanOrEqual(within);
    } finally {
      tcpdump.kill('SIGKILL');
      await once(tcpdump, 'close');
    }
  });
});
