import type { MergePlan } from '../../adapters/pcap/merge-plan.ts';
import { FileBeginsAnew, type PcapMerge } from '../../adapters/pcap/pcap-merge.ts';
import { batches } from './batches.ts';
import type { FilePlace } from './file-place.ts';
import { FileChangedError } from './get-errors.ts';
import type { Output } from './output.ts';
import type { Patience } from './patience.ts';

export interface Download {
  readonly place: FilePlace;
  readonly plan: MergePlan;
  readonly merge: PcapMerge;
  readonly output: Output;
  readonly patience: Patience;
  /** The last file is longer by now than it was when it was listed: it ends where it ended then. */
  readonly growing: boolean;
  readonly signal: AbortSignal;
  /** Called with the bytes of the merged file that have come. */
  readonly arrived: (bytes: number) => void;
}

/**
 * Fetches what the merge still lacks. Goes on by itself where a connection was cut.
 * @throws FileChangedError, and what cannot be cured by another try
 */
export async function download(work: Download): Promise<void> {
  while (!work.merge.done) {
    try {
      await fetchStretch(work);
    } catch (error) {
      if (error instanceof FileBeginsAnew) throw new FileChangedError(error.fileName, 'was begun anew or removed', work.growing);
      await work.patience.afterFailure(error);
    }
  }
}

/** As many files as one command can be given, or the rest of one. */
async function fetchStretch({ place, plan, merge, output, patience, growing, signal, arrived }: Download): Promise<void> {
  const { command, bytes, last } = nextStretch(plan, merge, place.directory);
  let left = bytes;
  for await (const chunk of place.run(command, signal)) {
    const ours = chunk.length <= left ? chunk : chunk.subarray(0, left);
    left -= ours.length;
    const pieces: Buffer[] = [];
    const cutBefore = merge.taken.size;
    merge.push(ours, (piece) => pieces.push(piece));
    if (merge.taken.size > cutBefore) await output.noteTaken(merge.taken);
    for (const piece of pieces) {
      await output.write(piece);
      arrived(piece.length);
    }
    patience.progressed();
    if (ours.length === chunk.length) continue;
    if (growing) break;
    throw new FileChangedError(last, 'became longer', false);
  }
  if (left > 0) throw new FileChangedError(plan.files[merge.position.file]?.name ?? last, 'became shorter', growing);
}

interface Stretch {
  readonly command: readonly string[];
  /** That it writes. */
  readonly bytes: number;
  readonly last: string;
}

function nextStretch({ files }: MergePlan, { position }: PcapMerge, directory: string): Stretch {
  const path = (name: string) => `${directory}/${name}`;
  const [file] = files.slice(position.file);
  if (file !== undefined && position.offset > 0) {
    const command = ['tail', '-c', `+${position.offset + 1}`, '--', path(file.name)];
    return { command, bytes: file.bytes - position.offset, last: file.name };
  }
  const [batch = []] = batches(files.slice(position.file));
  return {
    command: ['cat', '--', ...batch.map(({ name }) => path(name))],
    bytes: batch.reduce((sum, { bytes }) => sum + bytes, 0),
    last: batch.at(-1)?.name ?? '',
  };
}
