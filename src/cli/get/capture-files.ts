import { isManifestFileName, manifestFileName } from '../../adapters/disk/manifest-file.ts';
import { HEAD_BYTES, type MergeFile } from '../../adapters/pcap/merge-plan.ts';
import type { CaptureManifest } from '../../core/capture-manifest.ts';
import { errorMessage } from '../../core/errors/capture-error.ts';
import { isCaptureFileBase, segmentOfFile } from '../../core/file-names.ts';
import { parseManifest } from '../../core/parse-manifest.ts';
import { batches } from './batches.ts';
import type { FetchedCapture } from './fetched-capture.ts';
import type { FilePlace } from './file-place.ts';
import { FileChangedError, ManifestUnusableError, NoFilesError } from './get-errors.ts';

/** The files of a capture as they lie on its node. */
export interface CaptureFiles {
  /** Those of each tcpdump run, in the order of the runs. */
  readonly segments: readonly (readonly MergeFile[])[];
  /** Somebody still writes them. */
  readonly growing: boolean;
  /** Names of files that the capture had when it ended, and that are not there. */
  readonly missing: readonly string[];
}

/** Reads all that a command writes. */
export type ReadOutput = (command: readonly string[]) => Promise<Buffer>;

/** The folder that captures are written to, and the Pod that sees it. */
type Place = Pick<FilePlace, 'directory' | 'pod'>;

/**
 * Finds the files by the capture's manifest: it knows all of them, the status only the newest, and it tells them from
 * those of an earlier capture of the same name.
 * @throws NoFilesError, ManifestUnusableError
 */
export async function listCaptureFiles(read: ReadOutput, place: Place, capture: FetchedCapture): Promise<CaptureFiles> {
  const found = await listByName(read, place, capture);
  const manifest = await findManifest(read, place, capture, [...found.keys()]);
  const growing = manifest.state.kind === 'open';
  const listed = manifest.segments.map(({ file }) => [...found].filter(([name]) => segmentOfFile(name) === file).map(([name, bytes]) => ({ name, bytes })));
  // Of a file that grows, what is not there yet is not known either.
  const readable = listed.map((files) => (growing ? files.filter(({ bytes }) => bytes >= HEAD_BYTES) : files));
  const heads = await readHeads(read, place, readable.flat(), !capture.ended);
  return {
    segments: readable.map((files) => files.map((file) => ({ ...file, head: heads.get(file.name) ?? Buffer.alloc(0) }))),
    growing,
    missing: manifest.state.kind === 'closed' ? manifest.state.result.files.map(({ name }) => name).filter((name) => !found.has(name)) : [],
  };
}

/** Reads what files begin with. */
export async function readHeads(
  read: ReadOutput,
  { directory }: Pick<Place, 'directory'>,
  files: readonly { readonly name: string; readonly bytes: number }[],
  running: boolean,
): Promise<ReadonlyMap<string, Buffer>> {
  const heads = new Map<string, Buffer>();
  for (const batch of batches(files)) {
    const paths = batch.map(({ name }) => `${directory}/${name}`);
    const bytes = await read(['head', '-q', '-c', String(HEAD_BYTES), '--', ...paths]);
    let at = 0;
    for (const file of batch) {
      const head = bytes.subarray(at, at + Math.min(HEAD_BYTES, file.bytes));
      heads.set(file.name, head);
      at += head.length;
    }
    const last = batch.at(-1);
    if (last && bytes.length !== batch.reduce((sum, file) => sum + Math.min(HEAD_BYTES, file.bytes), 0)) {
      throw new FileChangedError(last.name, 'or one before it changed', running);
    }
  }
  return heads;
}

/** Name and bytes of what lies there under the capture's name, which need not all be its own. */
async function listByName(read: ReadOutput, { directory }: Place, { node, name }: FetchedCapture): Promise<ReadonlyMap<string, number>> {
  // Neither name can have a character that means something in find's own pattern.
  const command = ['find', `${directory}/`, '-maxdepth', '1', '-type', 'f', '-name', `${node}.${name}.*`, '-printf', '%s %f\\n'];
  const lines = (await read(command)).toString('utf8').split('\n');
  const found = new Map<string, number>();
  for (const line of lines) {
    const [, bytes, fileName] = /^(\d+) ([A-Za-z0-9.-]+)$/.exec(line) ?? [];
    if (fileName === undefined) continue;
    const base = (segmentOfFile(fileName) ?? fileName).replace(/\.(pcap|json)$/, '');
    if (isCaptureFileBase(base, node, name)) found.set(fileName, Number(bytes));
  }
  return found;
}

async function findManifest(
  read: ReadOutput,
  { directory, pod }: Place,
  { uid, name, node }: FetchedCapture,
  fileNames: readonly string[],
): Promise<CaptureManifest> {
  let unusable: ManifestUnusableError | undefined;
  // The newest first: those of earlier captures of that name are there only where their files were retained.
  for (const fileName of fileNames.filter(isManifestFileName).sort().reverse()) {
    const text = (await read(['cat', '--', `${directory}/${fileName}`])).toString('utf8');
    try {
      const given: unknown = JSON.parse(text);
      if (uidOf(given) !== uid) continue;
      const manifest = parseManifest(given);
      if (manifestFileName(manifest.id) === fileName) return manifest;
    } catch (error) {
      unusable ??= new ManifestUnusableError(fileName, errorMessage(error));
    }
  }
  throw (
    unusable ??
    new NoFilesError({
      problem: `The files of the capture ${name} are not (any more) in ${directory} of the node ${node}, as the Pod ${pod} sees it.`,
      advice: 'They may have been removed by hand, or by KEEP_FILES_HOURS.',
    })
  );
}

/** Before its version and shape are looked at: another capture's may be of an older pcapper. */
function uidOf(manifest: unknown): unknown {
  const request = typeof manifest === 'object' && manifest !== null && 'request' in manifest ? manifest.request : undefined;
  return typeof request === 'object' && request !== null && 'uid' in request ? request.uid : undefined;
}
