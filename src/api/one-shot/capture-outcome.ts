import { type CaptureResult, endStateOf } from '../../core/capture-result.ts';
import { integer, record, string } from '../../core/parse-json.ts';
import { parseResult } from '../../core/parse-result.ts';

/** How the capture of an agent in one-shot mode ended: what it leaves as its container's termination message. */
export type CaptureOutcome = CaptureResult & {
  /** Empty when the agent was not told. */
  readonly node: string;
  /** Of all files, also those that there was no room for. The newest are listed, the oldest of them first. */
  readonly fileCount: number;
  /** Of all files. */
  readonly totalBytes: number;
  /** Of all gaps, also those that there was no room for. */
  readonly gapCount: number;
};

/** The kubelet reads no more of a termination message (Kubernetes, "Determine the Reason for Pod Failure"). */
const MOST_BYTES = 4096 - 1;

/** Far longer than what names a node, a device or a reason. */
const LONGEST_NAME_BYTES = 300;

/**
 * What is shortened, and how far, where an outcome is too long; one after the other, and only as far as is needed. So a
 * long message leaves room for some files and gaps, and many files for a message.
 */
const SHORTENINGS: readonly (readonly ['files' | 'gaps' | 'message', number])[] = [
  ['files', 5],
  ['gaps', 3],
  ['message', 2048],
  ['files', 0],
  ['gaps', 0],
  ['message', 0],
];

/** @param result may have more than a result, as a report has: that is left out. */
export function outcomeOf(node: string, result: CaptureResult): CaptureOutcome {
  const { message, interface: device, startTime, completionTime, packets, files, wrapped, oldestPacketTime, gaps } = result;
  return {
    ...endStateOf(result),
    ...{ message, node, completionTime, packets, files, wrapped, gaps },
    ...(device !== undefined && { interface: device }),
    ...(startTime !== undefined && { startTime }),
    ...(oldestPacketTime !== undefined && { oldestPacketTime }),
    fileCount: files.length,
    totalBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    gapCount: gaps.length,
  };
}

/** The outcome as JSON of fewer than 4,096 bytes of UTF-8: of files and gaps the newest, of the message the beginning. The counts stay true. */
export function formatOutcome(outcome: CaptureOutcome): string {
  let shown: CaptureOutcome = {
    ...(outcome.progress === 'finished' ? outcome : { ...outcome, reason: beginningOf(outcome.reason, LONGEST_NAME_BYTES) }),
    node: beginningOf(outcome.node, LONGEST_NAME_BYTES),
    ...(outcome.interface !== undefined && { interface: beginningOf(outcome.interface, LONGEST_NAME_BYTES) }),
  };
  for (const [field, least] of SHORTENINGS) {
    if (fits(shown)) break;
    const whole = shown;
    shown = longest(least, sizeOf(whole[field]), (size) => ({ ...whole, [field]: shortened(whole[field], size) }));
  }
  return textOf(shown);
}

/** What `formatOutcome` wrote; `undefined` for any other text, as another's termination message. */
export function parseOutcome(text: string): CaptureOutcome | undefined {
  try {
    const from = record(JSON.parse(text), 'outcome');
    const result = parseResult(from, 'outcome');
    if (sizeOf(result.reason) > LONGEST_NAME_BYTES) return undefined;
    return {
      ...result,
      node: string(from['node'], 'node'),
      fileCount: integer(from['fileCount'], 'fileCount'),
      totalBytes: integer(from['totalBytes'], 'totalBytes'),
      gapCount: integer(from['gapCount'], 'gapCount'),
    };
  } catch {
    return undefined;
  }
}

function fits(outcome: CaptureOutcome): boolean {
  return bytesOf(textOf(outcome)) <= MOST_BYTES;
}

/** By the order of the fields people find first what matters most. */
function textOf({ progress, reason, message, node, interface: device, startTime, completionTime, packets, fileCount, totalBytes, files, ...rest }: CaptureOutcome): string {
  return JSON.stringify({ progress, reason, message, node, interface: device, startTime, completionTime, packets, fileCount, totalBytes, files, ...rest });
}

/** The outcome of the greatest size that fits; where none does, that of the least. */
function longest(least: number, most: number, ofSize: (size: number) => CaptureOutcome): CaptureOutcome {
  let [low, high] = [Math.min(least, most), most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(ofSize(middle))) low = middle;
    else high = middle - 1;
  }
  return ofSize(low);
}

function sizeOf(value: string | readonly unknown[]): number {
  return typeof value === 'string' ? bytesOf(JSON.stringify(value)) : value.length;
}

function shortened(value: string | readonly unknown[], size: number): string | readonly unknown[] {
  if (typeof value === 'string') return beginningOf(value, size);
  return size === 0 ? [] : value.slice(-size);
}

/** As much of a text as takes so many bytes in JSON, in whole characters, with a "…" for what is missing. */
function beginningOf(text: string, mostBytes: number): string {
  if (bytesOf(JSON.stringify(text)) <= mostBytes) return text;
  let kept = '';
  // Quotes and the ellipsis.
  let bytes = 2 + 3;
  for (const character of text) {
    bytes += bytesOf(JSON.stringify(character)) - 2;
    if (bytes > mostBytes) break;
    kept += character;
  }
  return `${kept}…`;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
