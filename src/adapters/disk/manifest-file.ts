import { join } from 'node:path';
import type { CaptureManifest } from '../../core/capture-manifest.ts';
import { isAskedFileBase } from '../../core/file-names.ts';
import { parseManifest } from '../../core/parse-manifest.ts';
import { readBounded } from './bounded-read.ts';

/** Far more than a manifest of the most segments and files has. */
const MOST_BYTES = 16 * 1024 * 1024;

export function manifestFileName(id: string): string {
  return `${id}.json`;
}

/** Whether a file's name is one of a manifest, of whatever node. Files whose names begin with a dot are our own accounts. */
export function isManifestFileName(name: string): boolean {
  return name.endsWith('.json') && !name.startsWith('.');
}

/** Whether a manifest of that name would be of a capture that has a name it asked for, of whatever node. */
export function isAskedManifestName(name: string): boolean {
  return isManifestFileName(name) && isAskedFileBase(name.replace(/\.json$/, ''));
}

export function formatManifest(manifest: CaptureManifest): string {
  return `${JSON.stringify(manifest, undefined, 1)}\n`;
}

/** @throws the file system's error, or an Error that says why it is no manifest, and {@link AnotherNodesManifest} first of all. */
export async function readManifest(folder: string, fileName: string, node?: string): Promise<CaptureManifest> {
  const given: unknown = JSON.parse(await readBounded(join(folder, fileName), MOST_BYTES));
  const of = nodeOf(given);
  // By a name that was asked for others may have files, too, which are no manifests at all.
  if (node !== undefined && of !== node && (of !== undefined || isAskedManifestName(fileName))) throw new AnotherNodesManifest();
  const manifest = parseManifest(given);
  if (manifestFileName(manifest.id) !== fileName) throw new Error(`it is the manifest of ${manifest.id}, under another name`);
  return manifest;
}

/** Not ours to judge, whatever its version and shape. */
export class AnotherNodesManifest extends Error {}

function nodeOf(given: unknown): string | undefined {
  return typeof given === 'object' && given !== null && 'node' in given && typeof given.node === 'string' ? given.node : undefined;
}
