import { quote } from './errors/capture-error.ts';
import { FileNameTooLongError, RequestInvalidError } from './errors/request-errors.ts';

/** NAME_MAX of every file system that Linux keeps containers on (limits.h(0p)). */
export const MAX_FILE_NAME_BYTES = 255;

/** The longest that is ever appended to a capture's base name; tcpdump's ring suffixes (`.pcap999`) are shorter. */
const LONGEST_SUFFIX = '.json.unreadable-9';

/** A Kubernetes name (RFC 1123 subdomain); capital letters too, since node names outside of Kubernetes have them. */
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

const RING_FILE = /^(?<segment>.+\.pcap)\d{0,9}$/;

/** What a request may ask its files to be called, so that they are told from whatever else lies in the folder. */
const ASKED = /^capture-[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/;

const SECONDS_DIGITS = 10;
const LATER = /\.\d{10,15}$/;

/** Whether a request may ask for its files to have names that begin so. Those of later segments nobody can ask for. */
export function isAskedFileBase(base: string): boolean {
  return base.length <= MAX_FILE_NAME_BYTES && ASKED.test(base) && !LATER.test(base);
}

/** What the files of a later segment of a capture that has a name it asked for begin with: `capture-web.1700000000`. */
export function laterFileBase(asked: string, unixSeconds: number): string {
  return `${asked}.${String(Math.floor(unixSeconds)).padStart(SECONDS_DIGITS, '0')}`;
}

/** The name that was asked for, of one that {@link laterFileBase} gives. */
export function askedOfLaterFileBase(base: string): string | undefined {
  const asked = base.replace(LATER, '');
  return asked !== base && isAskedFileBase(asked) ? asked : undefined;
}

/** Whether a name can be part of a file name. */
export function isFileNamePart(name: string): boolean {
  return name.length <= MAX_FILE_NAME_BYTES && NAME.test(name);
}

/**
 * What the names of a capture's manifest and files begin with: `NODE.NAME.UNIXSECONDS`.
 * @throws RequestInvalidError when a name is not of letters, digits, `.` and `-`
 * @throws FileNameTooLongError when a file of the capture would have a name of more than 255 bytes
 */
export function captureFileBase(node: string, name: string, unixSeconds: number): string {
  for (const part of [node, name]) {
    if (part.length <= MAX_FILE_NAME_BYTES ? !NAME.test(part) : /[^A-Za-z0-9.-]/.test(part)) {
      throw new RequestInvalidError({
        problem: `${quote(part)} cannot be part of a file name.`,
        advice: 'Use letters, digits, "-" and ".", beginning and ending each part between dots with a letter or digit.',
      });
    }
  }
  const base = `${node}.${name}.${Math.floor(unixSeconds)}`;
  if (!fits(base)) throw new FileNameTooLongError(base + LONGEST_SUFFIX, MAX_FILE_NAME_BYTES);
  return base;
}

function fits(base: string): boolean {
  return Buffer.byteLength(base + LONGEST_SUFFIX) <= MAX_FILE_NAME_BYTES;
}

/**
 * The names that a capture tries to get, until one is free: those that it asks for, as far as they are short enough, then
 * {@link captureFileBase} of each second.
 * @throws RequestInvalidError, FileNameTooLongError when it comes to those
 */
export function* fileBasesFor({ node, name, fileNames = [] }: { readonly node: string; readonly name: string; readonly fileNames?: readonly string[] | undefined }, unixSeconds: number): Generator<string, never> {
  for (const asked of fileNames) if (fits(laterFileBase(asked, unixSeconds))) yield asked;
  for (let seconds = unixSeconds; ; seconds += 1) yield captureFileBase(node, name, seconds);
}

/** Whether `base` is one that {@link captureFileBase} gives for these names, at whatever time. */
export function isCaptureFileBase(base: string, node: string, name: string): boolean {
  const start = `${node}.${name}.`;
  return base.startsWith(start) && /^\d{1,15}$/.test(base.slice(start.length)) && isFileNamePart(node) && isFileNamePart(name);
}

/** The `-w` that a file of a ring was written for (`x.pcap` of `x.pcap07`), or `undefined` when it is no such file. */
export function segmentOfFile(fileName: string): string | undefined {
  return RING_FILE.exec(fileName)?.groups?.['segment'];
}
