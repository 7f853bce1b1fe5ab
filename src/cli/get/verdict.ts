import { countOf } from '../../core/count-of.ts';
import { listed } from '../../core/listed.ts';
import { formatBytes } from '../../core/quantity.ts';
import type { FetchedCapture } from './fetched-capture.ts';

/** What came of it. */
export interface Fetched {
  readonly output: string;
  readonly packets: number;
  readonly bytes: number;
  readonly files: number;
  /** Names of files that the capture had and that are not there any more. */
  readonly missing: readonly string[];
  /** How many files were left to the ring, which was overwriting its oldest. */
  readonly leftOut: number;
  /** Files that were not whole to their end. */
  readonly cut: number;
  /** Some were still written. */
  readonly growing: boolean;
}

export interface Verdict {
  /** Nothing of what the capture holds is missing. */
  readonly whole: boolean;
  readonly lines: readonly string[];
}

/** Holds what was fetched against what the capture says that it has. */
export function judge(capture: FetchedCapture, fetched: Fetched): Verdict {
  const { name, node, captured, wrapped, ended, dropped, gaps, progress, reason } = capture;
  const lines = [`${fetched.output}: ${countOf(fetched.packets, 'packet')} of ${name} in ${formatBytes(fetched.bytes)}, of ${countOf(fetched.files, 'file')} on node ${node}.`];
  const lacking: string[] = [];
  if (fetched.missing.length > 0) {
    lacking.push(`${countOf(fetched.missing.length, 'file')} of the capture ${fetched.missing.length === 1 ? 'is' : 'are'} not on the node any more: ${listed(fetched.missing, 3)}.`);
  }
  if (fetched.leftOut > 0) {
    lacking.push(`${countOf(fetched.leftOut, 'file')} ${fetched.leftOut === 1 ? 'is left out: the ring was about to overwrite it' : 'are left out: the ring was about to overwrite them'}.`);
  }
  if (!ended) {
    lines.push('The capture goes on: this is what there was by now.');
  } else if (fetched.growing) {
    lacking.push('Its last file was still written: fetch it again for the rest.');
  } else if (wrapped) {
    if (fetched.packets > captured) lacking.push(`The status says that only ${countOf(captured, 'packet')} were captured.`);
    else lines.push(`The ring has overwritten the oldest of the ${countOf(captured, 'packet')} that were captured.`);
  } else if (fetched.packets === captured) {
    lines.push(`That is every packet that was captured.`);
  } else {
    lacking.push(`The status says that ${countOf(captured, 'packet')} were captured: ${Math.abs(captured - fetched.packets)} ${fetched.packets < captured ? 'are missing' : 'are too many'}.`);
  }
  if (fetched.cut > 0 && ended && !fetched.growing) lacking.push(`${countOf(fetched.cut, 'file')} ended within a record, which was left out.`);
  if (dropped > 0) lines.push(`While it ran, the kernel dropped ${countOf(dropped, 'packet')}.`);
  if (gaps > 0) lines.push(`For ${gaps === 1 ? 'some time' : `${gaps} times`} nothing was captured: see status.gaps of the capture.`);
  if (progress === 'failure') lines.push(`The capture itself failed: ${reason}.`);
  return { whole: lacking.length === 0, lines: [...lines, ...lacking] };
}
