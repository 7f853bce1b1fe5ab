import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkPrograms } from '../../../src/adapters/tcpdump/check-programs.ts';
import { requires } from '../../harness/requirements.ts';

requires('tcpdump', 'nsenter').describe('checkPrograms', () => {
  const path = process.env['PATH'] ?? '';
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pcapper-programs-'));
  });
  afterEach(async () => {
    process.env['PATH'] = path;
    await rm(folder, { recursive: true });
  });

  /** A program of this name that says something else about itself. */
  const replace = async (program: string, said: string) => {
    await writeFile(join(folder, program), `#!/bin/sh\ncat <<'END'\n${said}\nEND\n`);
    await chmod(join(folder, program), 0o755);
    process.env['PATH'] = `${folder}${delimiter}${path}`;
  };

  it('takes those of this machine', async () => {
    const versions = await checkPrograms();
    expect(Object.keys(versions).sort()).toEqual(['nsenter', 'setpriv', 'tcpdump', 'timeout']);
    expect(versions['tcpdump']).toMatch(/^tcpdump version 4/);
  });

  it.each(['tcpdump', 'nsenter', 'setpriv', 'timeout'])('misses %s', async (missing) => {
    for (const program of ['tcpdump', 'nsenter', 'setpriv', 'timeout']) {
      const real = path.split(delimiter).map((at) => join(at, program));
      const { existsSync } = await import('node:fs');
      if (program !== missing) await symlink(real.find((at) => existsSync(at)) ?? '', join(folder, program));
    }
    process.env['PATH'] = folder;
    await expect(checkPrograms()).rejects.toMatchObject({ code: 'ProgramMissing', message: expect.stringContaining(missing) as string });
  });

  it.each([
    ['tcpdump', 'tcpdump version 4.9.3\nlibpcap version 1.10.3', 'tcpdump 4.9 is too old. Install tcpdump 4.99 or newer.'],
    ['tcpdump', 'tcpdump version 4.99.1\nlibpcap version 1.9.1', 'libpcap 1.9 is too old. Install libpcap 1.10 or newer.'],
    ['setpriv', 'setpriv from util-linux 2.32', 'util-linux 2.32 is too old. Install util-linux 2.33 or newer.'],
    ['timeout', 'BusyBox v1.36.1 () multi-call binary.', 'timeout (BusyBox v1.36.1 () multi-call binary.) is too old. Install GNU coreutils 8.13 or newer.'],
  ])('finds %s too old: %j', async (program, said, message) => {
    await replace(program, said);
    await expect(checkPrograms()).rejects.toMatchObject({ code: 'ProgramTooOld', message });
  });

  it('takes newer ones', async () => {
    await replace('tcpdump', 'tcpdump version 5.0.0-PRE\nlibpcap version 1.11.0-PRE (with TPACKET_V3)');
    await checkPrograms();
  });

  it('can be aborted', async () => {
    await expect(checkPrograms(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});
