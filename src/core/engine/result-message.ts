import { countOf } from '../count-of.ts';
import type { CaptureYield, FinishReason } from '../capture-result.ts';
import { formatBytes } from '../quantity.ts';

const ENDINGS: { readonly [R in FinishReason]: string } = {
  TimeLimit: 'It ended at its time limit',
  PacketLimit: 'It ended at its packet limit',
  Stopped: 'It was stopped as asked',
  TargetGone: 'It ended because its target went away',
  Partial: 'It ended',
};

/**
 * What came of a capture, in plain words: how it ended, what it holds, what is missing.
 * @param because a sentence on how it came to that end
 */
export function describeResult(reason: FinishReason, captured: CaptureYield, because?: string): string {
  return [`${ENDINGS[reason]}.`, ...(because === undefined ? [] : [because]), ...describeYield(captured)].join(' ');
}

/** What a capture holds, and what is missing, as sentences. */
export function describeYield({ packets, files, wrapped, gaps }: CaptureYield): string[] {
  const sentences = [
    `${countOf(packets.captured, 'packet')} captured, in ${countOf(files.length, 'file')} of ${formatBytes(files.reduce((sum, file) => sum + file.bytes, 0))}.`,
  ];
  if (packets.dropped > 0) sentences.push(`The kernel dropped ${countOf(packets.dropped, 'packet')}.`);
  if (wrapped) sentences.push('The ring is full and has overwritten its oldest packets.');
  for (const gap of gaps) {
    sentences.push(
      `Nothing is captured between ${new Date(gap.from).toISOString()} and ${new Date(gap.to).toISOString()}: ${gap.reason}.`,
    );
  }
  return sentences;
}
