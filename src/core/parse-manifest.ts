import { type CaptureManifest, type Instant, type ManifestState, MANIFEST_SCHEMA_VERSION, type SegmentEnd, type SegmentRecord } from './capture-manifest.ts';
import { checkRequest } from './check-request.ts';
import { askedOfLaterFileBase, isCaptureFileBase } from './file-names.ts';
import { arrayOf, boolean, integer, number, oneOf, optional, record, string, time } from './parse-json.ts';
import { parseClaimedTarget, parseRequest } from './parse-request.ts';
import { parseCounters, parseGap, parseResult } from './parse-result.ts';
import type { ProcessIdentity } from './tcpdump-runner.ts';

/**
 * Checks what lies on disk as a manifest: its version, its shape, and that every file it names is the capture's own.
 * @throws Error that says what is wrong and where
 */
export function parseManifest(given: unknown): CaptureManifest {
  const from = record(given, 'manifest');
  if (from['schemaVersion'] !== MANIFEST_SCHEMA_VERSION) {
    throw new Error(`schemaVersion: expected ${MANIFEST_SCHEMA_VERSION}, got ${JSON.stringify(from['schemaVersion'])}`);
  }
  const manifest: CaptureManifest = {
    schemaVersion: MANIFEST_SCHEMA_VERSION,
    id: string(from['id'], 'id'),
    node: string(from['node'], 'node'),
    source: string(from['source'], 'source'),
    request: parseRequest(from['request'], 'request'),
    target: parseClaimedTarget(from['target'], 'target'),
    retainFiles: boolean(from['retainFiles'], 'retainFiles'),
    segments: arrayOf(from['segments'], 'segments', parseSegment),
    gaps: arrayOf(from['gaps'], 'gaps', parseGap),
    state: parseState(from['state'], 'state'),
  };
  const { id, request, segments } = manifest;
  // By limits that cannot be, a next segment would drop the files of the earlier ones.
  checkRequest(request);
  if (new Set(segments.map(({ file }) => file)).size < segments.length) throw new Error('segments: two of them have the same file');
  for (const base of [id, ...segments.map(({ file }) => file.replace(/\.pcap$/, ''))]) {
    if (!isFileBaseOf(base, manifest)) throw new Error(`${JSON.stringify(base)} is not a file name of this capture`);
  }
  return manifest;
}

/** A capture that has a name it asked for has no other; its later segments have that and a time. */
function isFileBaseOf(base: string, { id, node, request }: CaptureManifest): boolean {
  const isAsked = request.fileNames?.includes(id) ?? false;
  return isAsked ? base === id || askedOfLaterFileBase(base) === id : isCaptureFileBase(base, node, request.name);
}

function parseSegment(given: unknown, at: string): SegmentRecord {
  const from = record(given, at);
  const file = string(from['file'], `${at}.file`);
  if (!file.endsWith('.pcap')) throw new Error(`${at}.file: expected a name ending in .pcap, got ${JSON.stringify(file)}`);
  return {
    file,
    fileCount: integer(from['fileCount'], `${at}.fileCount`),
    maxFileSize: integer(from['maxFileSize'], `${at}.maxFileSize`),
    started: parseInstant(from['started'], `${at}.started`),
    device: string(from['device'], `${at}.device`),
    ...optional(from, 'process', at, parseProcess),
    ...optional(from, 'end', at, parseSegmentEnd),
  };
}

function parseInstant(given: unknown, at: string): Instant {
  const from = record(given, at);
  return {
    at: time(from['at'], `${at}.at`),
    uptime: number(from['uptime'], `${at}.uptime`),
    bootId: string(from['bootId'], `${at}.bootId`),
  };
}

function parseProcess(given: unknown, at: string): ProcessIdentity {
  const from = record(given, at);
  const pid = integer(from['pid'], `${at}.pid`);
  // kill(2) means process groups by 0 and negative numbers, and init is nobody's tcpdump.
  if (pid <= 1) throw new Error(`${at}.pid: expected a process, got ${pid}`);
  return { pid, startTime: string(from['startTime'], `${at}.startTime`), bootId: string(from['bootId'], `${at}.bootId`) };
}

function parseSegmentEnd(given: unknown, at: string): SegmentEnd {
  const from = record(given, at);
  return {
    at: time(from['at'], `${at}.at`),
    ...optional(from, 'uptime', at, number),
    counters: parseCounters(from['counters'], `${at}.counters`),
    wrapped: boolean(from['wrapped'], `${at}.wrapped`),
    interruption: string(from['interruption'], `${at}.interruption`),
  };
}

function parseState(given: unknown, at: string): ManifestState {
  const from = record(given, at);
  if (oneOf('open', 'closed')(from['kind'], `${at}.kind`) === 'open') return { kind: 'open' };
  return {
    kind: 'closed',
    result: parseResult(from['result'], `${at}.result`),
    reported: boolean(from['reported'], `${at}.reported`),
    ...(from['filesDropped'] === true && { filesDropped: true }),
    ...optional(from, 'at', at, parseInstant),
  };
}
