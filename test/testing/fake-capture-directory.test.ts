import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HostmountDirectory } from '../../src/adapters/disk/hostmount-directory.ts';
import type { CaptureDirectory } from '../../src/core/capture-directory.ts';
import { FakeCaptureDirectory } from '../../src/testing/fake-capture-directory.ts';
import { closed, manifestOf } from '../adapters/disk/manifests.ts';
import { scratchFolder } from '../adapters/disk/scratch-folder.ts';

interface Subject {
  readonly directory: CaptureDirectory;
  readonly put: (name: string, bytes: number) => Promise<void>;
  readonly spoil: (id: string) => Promise<void>;
}

const SUBJECTS: Readonly<Record<string, () => Promise<Subject>>> = {
  FakeCaptureDirectory: () => {
    const directory = new FakeCaptureDirectory();
    return Promise.resolve({
      directory,
      put: (name, bytes) => {
        directory.put({ name, bytes, packets: 0, repairedBytes: 0 });
        return Promise.resolve();
      },
      spoil: (id) => {
        directory.spoil(id);
        return Promise.resolve();
      },
    });
  },
  HostmountDirectory: async () => {
    const path = await scratchFolder();
    const directory = new HostmountDirectory(path, 'n1', () => Promise.resolve({ bytes: 7, packets: 0, repairedBytes: 0 }));
    return {
      directory,
      put: (name, bytes) => writeFile(join(path, name), Buffer.alloc(bytes)),
      spoil: (id) => writeFile(join(path, `${id}.json`), '{'),
    };
  },
};

describe.each(Object.keys(SUBJECTS))('%s, as the engine uses it', (name) => {
  const open = () => SUBJECTS[name]?.() ?? Promise.reject(new Error(name));

  it('creates once, saves, loads', async () => {
    const { directory } = await open();
    const manifest = manifestOf('n1', 'a', 1);
    expect(await directory.createManifest(manifest)).toBe(true);
    expect(await directory.createManifest(closed(manifest))).toBe(false);
    expect((await directory.loadManifests()).manifests).toEqual([manifest]);
    await directory.saveManifest(closed(manifest));
    expect((await directory.loadManifests()).manifests).toEqual([closed(manifest)]);
  });

  it('does not create over files', async () => {
    const { directory, put } = await open();
    await put('n1.a.1.pcap0', 7);
    expect(await directory.createManifest(manifestOf('n1', 'a', 1))).toBe(false);
  });

  it('sets aside what cannot be read', async () => {
    const { directory, spoil } = await open();
    await directory.createManifest(manifestOf('n1', 'a', 1));
    await spoil('n1.a.1');
    expect(await directory.loadManifests()).toEqual({ manifests: [], setAside: ['n1.a.1.json.unreadable-1'] });
    expect(await directory.loadManifests()).toEqual({ manifests: [], setAside: [] });
  });

  it('lists, inspects and removes files', async () => {
    const { directory, put } = await open();
    const manifest = manifestOf('n1', 'a', 1);
    await directory.createManifest(manifest);
    for (const file of ['n1.a.1.pcap0', 'n1.a.1.pcap1', 'n1.a.11.pcap0']) await put(file, 7);
    expect((await directory.files('n1.a.1.pcap')).toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'n1.a.1.pcap0', bytes: 7 },
      { name: 'n1.a.1.pcap1', bytes: 7 },
    ]);
    expect(await directory.inspect('n1.a.1.pcap0')).toMatchObject({ name: 'n1.a.1.pcap0', bytes: 7 });
    await directory.removeFile('n1.a.1.pcap0');
    expect(await directory.files('n1.a.1.pcap')).toHaveLength(1);
    await directory.removeCapture(manifest);
    expect(await directory.files('n1.a.1.pcap')).toEqual([]);
    expect(await directory.files('n1.a.11.pcap')).toHaveLength(1);
    expect((await directory.loadManifests()).manifests).toEqual([]);
  });
});
