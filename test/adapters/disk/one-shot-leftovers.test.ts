import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formatManifest } from '../../../src/adapters/disk/manifest-file.ts';
import { NodeLock } from '../../../src/adapters/disk/node-lock.ts';
import { OneShotLeftovers } from '../../../src/adapters/disk/one-shot-leftovers.ts';
import { oneShotIdentity } from '../../../src/api/one-shot/one-shot-identity.ts';
import type { CaptureManifest } from '../../../src/core/capture-manifest.ts';
import { ManualClock } from '../../../src/testing/index.ts';
import { closed, manifestOf } from './manifests.ts';
import { cleanUp, scratchFolder } from './scratch-folder.ts';

const HOUR = 3_600_000;
const clock = new ManualClock();
const now = clock.now();

async function folder(): Promise<{ readonly path: string; readonly names: () => Promise<string[]>; readonly lay: (...manifests: CaptureManifest[]) => Promise<void> }> {
  const path = await scratchFolder();
  return {
    path,
    names: async () => (await readdir(path)).filter((name) => !name.startsWith('.pcapper-ledger')).sort(),
    lay: async (...manifests) => {
      for (const manifest of manifests) {
        await writeFile(join(path, `${manifest.id}.json`), formatManifest(manifest));
        for (const { file } of manifest.segments) for (const suffix of ['0', '1']) await writeFile(join(path, file + suffix), 'packets');
      }
    },
  };
}

const remove = (path: string, node = 'n1') => new OneShotLeftovers({ hostmount: path, node, keepFilesFor: HOUR, clock }).remove();

/** A manifest of an agent in one-shot mode, that began at that time and has a minute. */
function begun(name: string, at: number, { node = 'n1', isEndless = false } = {}): CaptureManifest {
  const made = manifestOf(oneShotIdentity(node, name), name, Math.floor(at / 1000), { source: 'OneShot' });
  const { maxFileSize, fileCount, snapLength } = made.request.limits;
  return {
    ...made,
    request: { ...made.request, limits: { maxFileSize, fileCount, snapLength, ...(!isEndless && { seconds: 60 }) } },
    segments: made.segments.map((segment) => ({ ...segment, started: { at, uptime: 1, bootId: 'another boot' } })),
  };
}

const ended = (name: string, at: number, of = {}) => closed(begun(name, at - 60_000, of), { reported: false, completionTime: at });
const filesOf = ({ id }: CaptureManifest) => [`${id}.json`, `${id}.pcap0`, `${id}.pcap1`];

it('removes what ended longer ago than files are kept, and keeps the rest', async () => {
  const { path, names, lay } = await folder();
  const [old, young] = [ended('old', now - HOUR), ended('young', now - HOUR + 1_000)];
  await lay(old, young);
  await remove(path);
  expect(await names()).toEqual(filesOf(young));
});

it('removes nothing of resident agents, of other nodes, and of nodes whose names look alike', async () => {
  const { path, names, lay } = await folder();
  const resident = closed(manifestOf('n1', 'web', 1));
  const sly = closed(manifestOf('n1', 'job-0a1b2c3d.web', 1));
  const others = [ended('a', now - 2 * HOUR, { node: 'n2' }), ended('b', now - 2 * HOUR, { node: 'n1.example' }), closed(manifestOf('n1.job-0a1b2c3e', 'web', 1))];
  await lay(resident, sly, ...others);
  await remove(path);
  expect(await names()).toEqual([resident, sly, ...others].flatMap(filesOf).sort());
});

it('removes what died, once its time and that for which files are kept are over', async () => {
  const { path, names, lay } = await folder();
  const [over, goesOn] = [begun('over', now - HOUR - 61_000), begun('goes-on', now - HOUR - 59_000)];
  const endless = begun('endless', now - 100 * HOUR, { isEndless: true });
  const neverBegan = begun('never-began', now - HOUR - 61_000);
  const segments = neverBegan.segments.map(({ file, fileCount, maxFileSize, started, device }) => ({ file, fileCount, maxFileSize, started, device }));
  await lay(over, goesOn, endless, { ...neverBegan, segments });
  await remove(path);
  expect(await names()).toEqual([...filesOf(goesOn), ...filesOf(endless)].sort());
});

it('leaves alone what somebody is at work on', async () => {
  const { path, names, lay } = await folder();
  const [held, old] = [ended('held', now - 5 * HOUR), ended('old', now - 5 * HOUR)];
  await lay(held, old);
  const lock = await NodeLock.take({ hostmount: path, node: held.node, ephemeral: true });
  cleanUp(async () => lock?.[Symbol.asyncDispose]());
  await remove(path);
  expect((await names()).filter((name) => !name.startsWith('.'))).toEqual(filesOf(held));
  await lock?.[Symbol.asyncDispose]();
  await remove(path);
  expect(await names()).toEqual([]);
});

it('removes lock files of what died before it had begun, once they are old', async () => {
  const { path, names } = await folder();
  const [old, young, ofNode] = [`.pcapper.${oneShotIdentity('n1', 'old')}.lock`, `.pcapper.${oneShotIdentity('n1', 'young')}.lock`, '.pcapper.n1.lock'];
  for (const [name, age] of [[old, HOUR + 1_000], [young, HOUR - 60_000], [ofNode, 9 * HOUR]] as const) {
    await writeFile(join(path, name), '');
    await utimes(join(path, name), (now - age) / 1000, (now - age) / 1000);
  }
  await remove(path);
  expect(await names()).toEqual([young, ofNode].sort());
});

it('goes on past what cannot be read or removed, and says so of a folder that is not there', async () => {
  const { path, names, lay } = await folder();
  const old = ended('old', now - 2 * HOUR);
  await lay(old);
  const broken = `${oneShotIdentity('n1', 'broken')}.broken.1.json`;
  await writeFile(join(path, broken), '{');
  await remove(path);
  expect(await names()).toEqual([broken]);
  const warnings: string[] = [];
  const logger = { debug: () => undefined, info: () => undefined, warn: (_: object, text: string) => warnings.push(text), error: () => undefined };
  await new OneShotLeftovers({ hostmount: join(path, 'none'), node: 'n1', keepFilesFor: HOUR, clock, logger }).remove();
  expect(warnings).toEqual(['what earlier one-shots left cannot be looked through']);
});
