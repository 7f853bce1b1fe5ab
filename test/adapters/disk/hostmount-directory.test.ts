import { link, mkdir, readdir, readFile, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HostmountDirectory } from '../../../src/adapters/disk/hostmount-directory.ts';
import { requires } from '../../harness/requirements.ts';
import { ChildModule } from './child-module.ts';
import { askedManifest, closed, manifestOf } from './manifests.ts';
import { mountTmpfs, remountReadOnly } from './mounts.ts';
import { scratchFolder } from './scratch-folder.ts';

const notInspected = () => Promise.reject(new Error('not asked here'));
const open = (path: string, node = 'n1') => new HostmountDirectory(path, node, notInspected);

describe('HostmountDirectory', () => {
  it('creates a manifest once, and replaces it', async () => {
    const path = await scratchFolder();
    const directory = open(path);
    const manifest = manifestOf('n1', 'a', 1);
    const answers = await Promise.all([directory.createManifest(manifest), open(path).createManifest(manifest), directory.createManifest(manifest)]);
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await directory.loadManifests()).toEqual({ manifests: [manifest], setAside: [] });
    await directory.saveManifest(closed(manifest));
    expect(await open(path).loadManifests()).toEqual({ manifests: [closed(manifest)], setAside: [] });
    expect(await readdir(path)).toEqual(['n1.a.1.json']);
    expect((await stat(join(path, 'n1.a.1.json'))).mode & 0o777).toBe(0o600);
  });

  it('keeps the order of what is saved', async () => {
    const directory = open(await scratchFolder());
    const manifest = manifestOf('n1', 'a', 1);
    await Promise.all(
      Array.from({ length: 30 }, (_, i) => directory.saveManifest({ ...manifest, gaps: [{ from: i, to: i, reason: 'x' }] })),
    );
    expect((await directory.loadManifests()).manifests[0]?.gaps).toEqual([{ from: 29, to: 29, reason: 'x' }]);
  });

  it('does not take a name under which files lie, since tcpdump would write over them', async () => {
    const path = await scratchFolder();
    await writeFile(join(path, 'n1.a.1.pcap3'), 'of another capture');
    expect(await open(path).createManifest(manifestOf('n1', 'a', 1))).toBe(false);
    expect(await open(path).createManifest(manifestOf('n1', 'a', 2))).toBe(true);
  });

  it('knows its node’s manifests only, whatever dots the names have', async () => {
    const path = await scratchFolder();
    const mine = manifestOf('n', 'x.c', 1);
    const theirs = manifestOf('n.x', 'c', 2);
    await open(path, 'n').createManifest(mine);
    await open(path, 'n.x').createManifest(theirs);
    expect(await open(path, 'n').loadManifests()).toEqual({ manifests: [mine], setAside: [] });
    expect(await open(path, 'n.x').loadManifests()).toEqual({ manifests: [theirs], setAside: [] });
    // Of another version, and still the other node's.
    await writeFile(join(path, 'n.x.d.3.json'), JSON.stringify({ ...theirs, schemaVersion: 2 }));
    expect((await open(path, 'n').loadManifests()).setAside).toEqual([]);
    expect((await open(path, 'n.x').loadManifests()).setAside).toEqual(['n.x.d.3.json.unreadable-1']);
  });

  it('gives a name that is asked for to one capture, of all nodes', async () => {
    const path = await scratchFolder();
    const [mine, theirs] = [askedManifest('n1', 'capture-web'), askedManifest('n2', 'capture-web')];
    expect(await open(path).createManifest(mine)).toBe(true);
    expect(await open(path, 'n2').createManifest(theirs)).toBe(false);
    expect(await open(path, 'n2').createManifest(askedManifest('n2', 'capture-web_shop'))).toBe(true);
    expect((await open(path).loadManifests()).manifests).toEqual([mine]);
    expect((await open(path, 'n2').loadManifests()).manifests).toEqual([askedManifest('n2', 'capture-web_shop')]);
  });

  it('does not take a name that is asked for under which files lie', async () => {
    const path = await scratchFolder();
    await writeFile(join(path, 'capture-web.pcap'), 'kept by somebody');
    expect(await open(path).createManifest(askedManifest('n1', 'capture-web'))).toBe(false);
  });

  it.each<[what: string, make: (path: string) => Promise<unknown>]>([
    ['a link, which tcpdump would follow', (path) => symlink('/elsewhere', path)],
    ['a folder', (path) => mkdir(path)],
  ])('does not take a name under which lies %s', async (_, make) => {
    const path = await scratchFolder();
    await make(join(path, 'capture-web.pcap3'));
    await make(join(path, 'n1.a.1.pcap'));
    expect(await open(path).createManifest(askedManifest('n1', 'capture-web'))).toBe(false);
    expect(await open(path).createManifest(manifestOf('n1', 'a', 1))).toBe(false);
    expect((await readdir(path)).sort()).toEqual(['capture-web.pcap3', 'n1.a.1.pcap']);
  });

  it('removes what has a name that was asked for as long as that is its own', async () => {
    const path = await scratchFolder();
    const directory = open(path);
    const mine = askedManifest('n1', 'capture-web');
    await directory.createManifest(mine);
    for (const name of ['capture-web.pcap0', 'capture-web.pcap1', 'capture-web.1700000005.pcap0', 'capture-web_shop.pcap0', 'capture-web.txt']) await writeFile(join(path, name), 'x');
    await directory.removeCapture(mine);
    const rest = ['capture-web.1700000005.pcap0', 'capture-web.txt', 'capture-web_shop.pcap0'];
    expect((await readdir(path)).sort()).toEqual(rest);
    // By now it is another's.
    const another = askedManifest('n2', 'capture-web');
    expect(await open(path, 'n2').createManifest(another)).toBe(true);
    await writeFile(join(path, 'capture-web.pcap0'), 'theirs');
    await directory.removeCapture(mine);
    await open(path, 'n1').removeCapture(askedManifest('n1', 'capture-web'));
    expect((await readdir(path)).sort()).toEqual([...rest, 'capture-web.json', 'capture-web.pcap0'].sort());
    expect(() => directory.removeFile('capture-web.pcap0')).toThrow('is not a file of a capture of node n1');
    expect(() => directory.inspect('capture-web.pcap0')).toThrow('is not a file of a capture of node n1');
    expect(() => directory.files('capture-../../etc.pcap')).toThrow('is not a file');
    expect(await directory.files('capture-web.1700000006.pcap')).toEqual([]);
  });

  it('removes and looks into files of names that were asked for after a restart, those of later segments too', async () => {
    const path = await scratchFolder();
    const manifest = askedManifest('n1', 'capture-web');
    const [segment] = manifest.segments;
    if (!segment) throw new Error('no segment');
    await open(path).createManifest(manifest);
    await open(path).saveManifest({ ...manifest, segments: [segment, { ...segment, file: 'capture-web.1700000005.pcap' }] });
    await writeFile(join(path, 'capture-web.pcap0'), 'x');
    await writeFile(join(path, 'capture-web.1700000005.pcap0'), 'x');
    const directory = open(path);
    const { manifests: [loaded] } = await directory.loadManifests();
    if (!loaded) throw new Error('no manifest');
    await directory.removeFile('capture-web.pcap0');
    expect(() => directory.removeFile('capture-web.1700000006.pcap0')).toThrow('is not a file of a capture');
    await directory.removeCapture(loaded);
    expect(await readdir(path)).toEqual([]);
  });

  it('leaves files of others alone that have such a name', async () => {
    const path = await scratchFolder();
    const json = JSON.stringify(askedManifest('n1', 'capture-web'));
    const foreign = { 'capture-notes.json': '{"what":"ever"}', 'capture-list.json': '[1]', 'capture-text.json': 'no JSON', 'capture-of.json': json, 'other.json': 'no JSON', 'capture-x.1700000005.json': json };
    for (const [name, content] of Object.entries(foreign)) await writeFile(join(path, name), content);
    expect(await open(path).loadManifests()).toEqual({ manifests: [], setAside: [] });
    expect((await readdir(path)).sort()).toEqual(Object.keys(foreign).sort());
    await writeFile(join(path, 'capture-text.pcap0'), 'packets');
    expect((await open(path).loadManifests()).setAside).toEqual(['capture-text.json.unreadable-1']);
    expect(await readFile(join(path, 'capture-text.pcap0'), 'utf8')).toBe('packets');
  });

  it('sets aside what cannot be read, and keeps the files', async () => {
    const path = await scratchFolder();
    const good = manifestOf('n1', 'good', 1);
    await open(path).createManifest(good);
    const json = JSON.stringify(manifestOf('n1', 'cut', 2));
    await writeFile(join(path, 'n1.cut.2.json'), json.slice(0, json.length / 2));
    await writeFile(join(path, 'n1.cut.2.pcap0'), 'packets');
    await writeFile(join(path, 'n1.empty.3.json'), '');
    await writeFile(join(path, 'n1.renamed.4.json'), JSON.stringify(manifestOf('n1', 'other', 4)));
    await writeFile(join(path, 'n1.huge.5.json'), '');
    await truncate(join(path, 'n1.huge.5.json'), 100_000_000);
    await mkdir(join(path, 'n1.folder.6.json'));
    await symlink('/etc/passwd', join(path, 'n1.link.7.json'));
    const { manifests, setAside } = await open(path).loadManifests();
    expect(manifests).toEqual([good]);
    expect([...setAside].sort()).toEqual(['cut.2', 'empty.3', 'folder.6', 'huge.5', 'link.7', 'renamed.4'].map((name) => `n1.${name}.json.unreadable-1`));
    expect(await readFile(join(path, 'n1.cut.2.pcap0'), 'utf8')).toBe('packets');
    expect(await open(path).loadManifests()).toEqual({ manifests: [good], setAside: [] });
    for (let round = 2; round <= 12; round += 1) {
      await writeFile(join(path, 'n1.cut.2.json'), String(round));
      await open(path).loadManifests();
    }
    expect((await readdir(path)).filter((name) => name.startsWith('n1.cut.2.json'))).toHaveLength(9);
    expect(await readFile(join(path, 'n1.cut.2.json.unreadable-9'), 'utf8')).toBe('12');
  });

  it('refuses to write what could not be read again', async () => {
    const directory = open(await scratchFolder());
    const manifest = manifestOf('n1', 'a', 1);
    await expect(Promise.resolve().then(() => directory.saveManifest({ ...manifest, id: '../n1.a.1' }))).rejects.toThrow('is not a file name');
    await expect(Promise.resolve().then(() => directory.saveManifest(manifestOf('n2', 'a', 1)))).rejects.toThrow('not a capture of node n1');
  });

  it('lists the regular files of a segment, and no other', async () => {
    const path = await scratchFolder();
    for (const name of ['n1.a.1.pcap', 'n1.a.1.pcap0', 'n1.a.1.pcap12', 'n1.a.1.pcapx', 'n1.a.1.pcap.gz', 'n1.a.11.pcap0', 'n1.a.1.json']) {
      await writeFile(join(path, name), 'four');
    }
    await symlink('/etc/passwd', join(path, 'n1.a.1.pcap2'));
    await mkdir(join(path, 'n1.a.1.pcap3'));
    const files = await open(path).files('n1.a.1.pcap');
    expect([...files].sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(
      ['n1.a.1.pcap', 'n1.a.1.pcap0', 'n1.a.1.pcap12'].map((name) => ({ name, bytes: 4 })),
    );
  });

  it('lists the files of a segment in the order in which they were last written', async () => {
    const path = await scratchFolder();
    for (const [suffix, seconds] of [[0, 30], [1, 10], [2, 20]] as const) {
      await writeFile(join(path, `n1.a.1.pcap${suffix}`), '');
      await utimes(join(path, `n1.a.1.pcap${suffix}`), seconds, seconds);
    }
    expect((await open(path).files('n1.a.1.pcap')).map(({ name }) => name)).toEqual(['n1.a.1.pcap1', 'n1.a.1.pcap2', 'n1.a.1.pcap0']);
  });

  it('removes a capture with its files, and nothing that a link leads to or that is another’s', async () => {
    const path = await scratchFolder();
    const elsewhere = await scratchFolder();
    await writeFile(join(elsewhere, 'precious'), 'kept');
    const directory = open(path);
    const manifest = manifestOf('n1', 'a', 1);
    await directory.createManifest(manifest);
    await directory.createManifest(manifestOf('n1', 'a', 11));
    for (const name of ['n1.a.1.pcap0', 'n1.a.1.pcap1', 'n1.a.11.pcap1', 'n1.a.1.pcap.mine']) await writeFile(join(path, name), 'x');
    await symlink(join(elsewhere, 'precious'), join(path, 'n1.a.1.pcap2'));
    await link(join(path, 'n1.a.1.pcap0'), join(elsewhere, 'copy'));
    await directory.removeCapture(manifest);
    await directory.removeCapture(manifest);
    expect((await readdir(path)).sort()).toEqual(['n1.a.1.pcap.mine', 'n1.a.1.pcap2', 'n1.a.11.json', 'n1.a.11.pcap1']);
    expect((await readdir(elsewhere)).sort()).toEqual(['copy', 'precious']);
  });

  it('removes one file', async () => {
    const path = await scratchFolder();
    await writeFile(join(path, 'n1.a.1.pcap0'), 'x');
    await open(path).removeFile('n1.a.1.pcap0');
    await open(path).removeFile('n1.a.1.pcap0');
    expect(await readdir(path)).toEqual([]);
  });

  it.each(['../n1.a.1.pcap', '/etc/passwd', 'n1.a.1.json', 'n2.a.1.pcap', 'n1.a/../b.pcap', 'n1', '', 'n1..pcap', 'n1.a\0.pcap', 'n1.a\n.pcap', '.pcapper-ledger.json'])(
    'touches no file %j',
    async (name) => {
      const directory = open(await scratchFolder());
      await expect(Promise.resolve().then(() => directory.removeFile(name))).rejects.toThrow('is not a file of a capture');
      await expect(Promise.resolve().then(() => directory.inspect(name))).rejects.toThrow('is not a file of a capture');
      await expect(Promise.resolve().then(() => directory.files(name))).rejects.toThrow('is not a file of a capture');
    },
  );

  it('inspects regular files only', async () => {
    const path = await scratchFolder();
    const inspected: string[] = [];
    const directory = new HostmountDirectory(path, 'n1', (file) => {
      inspected.push(file);
      return Promise.resolve({ bytes: 1, packets: 0, repairedBytes: 0 });
    });
    await writeFile(join(path, 'n1.a.1.pcap0'), 'x');
    await symlink('/etc/passwd', join(path, 'n1.a.1.pcap1'));
    const { createdAt = 0, ...inspection } = await directory.inspect('n1.a.1.pcap0');
    expect(inspection).toEqual({ name: 'n1.a.1.pcap0', bytes: 1, packets: 0, repairedBytes: 0 });
    expect(Math.abs(Date.now() - createdAt)).toBeLessThan(60_000);
    await expect(directory.inspect('n1.a.1.pcap1')).rejects.toThrow('is not a regular file');
    expect(inspected).toEqual([join(path, 'n1.a.1.pcap0')]);
  });

  it('leaves a whole manifest, the old one or the new one, when it is killed while it saves', async () => {
    const path = await scratchFolder();
    for (let round = 0; round < 12; round += 1) {
      const manifest = manifestOf('n1', `round-${round}`, 1);
      const child = new ChildModule('save-manifests', path, JSON.stringify(manifest));
      expect(await child.line()).toBe('created');
      const saved = async () => (await stat(join(path, `${manifest.id}.json`), { bigint: true })).mtimeNs;
      // Saves until some were seen, so that the kill meets one of many.
      const seen = new Set<bigint>();
      while (seen.size < 3 + 2 * round) seen.add(await saved());
      await child.kill();
      const { manifests, setAside } = await open(path).loadManifests();
      expect(setAside).toEqual([]);
      expect(manifests).toHaveLength(round + 1);
    }
    const directory = open(path);
    await directory.removeTemporaries();
    expect((await readdir(path)).every((name) => /^n1\.round-\d+\.1\.json$/.test(name))).toBe(true);
  });

  it('leaves the temporaries of other nodes alone', async () => {
    const path = await scratchFolder();
    const child = new ChildModule('save-manifests', path, JSON.stringify(manifestOf('n2', 'a', 1)));
    await child.line();
    for (let i = 0; i < 20; i += 1) await open(path).removeTemporaries();
    // It goes on saving: another manifest each time.
    const before = await stat(join(path, 'n2.a.1.json'));
    await expect.poll(async () => (await stat(join(path, 'n2.a.1.json'))).mtimeMs, { timeout: 30_000 }).not.toBe(before.mtimeMs);
  });

  it('says that the hostmount is gone', async () => {
    const path = await scratchFolder();
    await rm(path, { recursive: true });
    const saved = open(path).saveManifest(manifestOf('n1', 'a', 1));
    await expect(saved).rejects.toMatchObject({ code: 'Hostmount', message: expect.stringContaining('it does not exist') as string });
  });
});

requires('root').describe('HostmountDirectory on a disk in trouble', () => {
  it('says that the disk is full, and keeps the old manifest', async () => {
    const path = await mountTmpfs(1_000_000);
    const directory = open(path);
    const manifest = manifestOf('n1', 'a', 1);
    await directory.createManifest(manifest);
    await writeFile(join(path, 'of-others'), Buffer.alloc(2_000_000)).catch(() => undefined);
    await expect(directory.saveManifest(closed(manifest))).rejects.toMatchObject({ code: 'Hostmount', message: expect.stringContaining('the disk is full') as string });
    await rm(join(path, 'of-others'));
    expect(await directory.loadManifests()).toEqual({ manifests: [manifest], setAside: [] });
    await directory.saveManifest(closed(manifest));
    expect((await readdir(path)).sort()).toEqual(['n1.a.1.json']);
  });

  it('says that it is read-only', async () => {
    const path = await mountTmpfs(1_000_000);
    await remountReadOnly(path);
    await expect(open(path).createManifest(manifestOf('n1', 'a', 1))).rejects.toMatchObject({ message: expect.stringContaining('it is read-only') as string });
  });
});
