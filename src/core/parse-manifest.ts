import { type CaptureManifest, type Instant, type ManifestState, MANIFEST_SCHEMA_VERSION, type SegmentEnd, type SegmentRecord } from './capture-manifest.ts';
import type { CaptureLimits, CaptureRequest } from './capture-request.ts';
import type { CaptureFile, CaptureGap, CaptureResult, PacketCounters } from './capture-result.ts';
import type { CaptureTarget, ClaimedTarget } from './capture-target.ts';
import { checkRequest } from './check-request.ts';
import { isCaptureFileBase } from './file-names.ts';
import { arrayOf, boolean, integer, number, oneOf, optional, record, string, time } from './parse-json.ts';
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
  const { id, node, request, segments } = manifest;
  // By limits that cannot be, a next segment would drop the files of the earlier ones.
  checkRequest(request);
  if (new Set(segments.map(({ file }) => file)).size < segments.length) throw new Error('segments: two of them have the same file');
  for (const base of [id, ...segments.map(({ file }) => file.replace(/\.pcap$/, ''))]) {
    if (!isCaptureFileBase(base, node, request.name)) throw new Error(`${JSON.stringify(base)} is not a file name of this capture`);
  }
  return manifest;
}

function parseRequest(given: unknown, at: string): CaptureRequest {
  const from = record(given, at);
  return {
    uid: string(from['uid'], `${at}.uid`),
    name: string(from['name'], `${at}.name`),
    ...optional(from, 'createdAt', at, number),
    target: parseTarget(from['target'], `${at}.target`),
    ...optional(from, 'filter', at, string),
    limits: parseLimits(from['limits'], `${at}.limits`),
  };
}

function parseLimits(given: unknown, at: string): CaptureLimits {
  const from = record(given, at);
  return {
    ...optional(from, 'seconds', at, number),
    maxFileSize: integer(from['maxFileSize'], `${at}.maxFileSize`),
    fileCount: integer(from['fileCount'], `${at}.fileCount`),
    ...optional(from, 'maxPackets', at, integer),
    snapLength: integer(from['snapLength'], `${at}.snapLength`),
  };
}

function parseTarget(given: unknown, at: string): CaptureTarget {
  const from = record(given, at);
  if (oneOf('pod', 'node')(from['kind'], `${at}.kind`) === 'node') {
    return { kind: 'node', node: string(from['node'], `${at}.node`), interface: string(from['interface'], `${at}.interface`) };
  }
  return {
    kind: 'pod',
    namespace: string(from['namespace'], `${at}.namespace`),
    name: string(from['name'], `${at}.name`),
    ...optional(from, 'uid', at, string),
    ...optional(from, 'interface', at, string),
  };
}

function parseClaimedTarget(given: unknown, at: string): ClaimedTarget {
  const target = parseTarget(given, at);
  if (target.kind === 'node') return target;
  const from = record(given, at);
  return {
    ...target,
    uid: string(from['uid'], `${at}.uid`),
    cgroupUid: string(from['cgroupUid'], `${at}.cgroupUid`),
    hostNetwork: boolean(from['hostNetwork'], `${at}.hostNetwork`),
  };
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

function parseCounters(given: unknown, at: string): PacketCounters {
  const from = record(given, at);
  return {
    captured: integer(from['captured'], `${at}.captured`),
    received: integer(from['received'], `${at}.received`),
    dropped: integer(from['dropped'], `${at}.dropped`),
  };
}

function parseGap(given: unknown, at: string): CaptureGap {
  const from = record(given, at);
  return {
    from: time(from['from'], `${at}.from`),
    to: time(from['to'], `${at}.to`),
    reason: string(from['reason'], `${at}.reason`),
  };
}

function parseFile(given: unknown, at: string): CaptureFile {
  const from = record(given, at);
  return { name: string(from['name'], `${at}.name`), bytes: integer(from['bytes'], `${at}.bytes`) };
}

function parseState(given: unknown, at: string): ManifestState {
  const from = record(given, at);
  if (oneOf('open', 'closed')(from['kind'], `${at}.kind`) === 'open') return { kind: 'open' };
  return {
    kind: 'closed',
    result: parseResult(from['result'], `${at}.result`),
    reported: boolean(from['reported'], `${at}.reported`),
    ...optional(from, 'at', at, parseInstant),
  };
}

function parseResult(given: unknown, at: string): CaptureResult {
  const from = record(given, at);
  return {
    packets: parseCounters(from['packets'], `${at}.packets`),
    files: arrayOf(from['files'], `${at}.files`, parseFile),
    wrapped: boolean(from['wrapped'], `${at}.wrapped`),
    ...optional(from, 'oldestPacketTime', at, time),
    gaps: arrayOf(from['gaps'], `${at}.gaps`, parseGap),
    progress: oneOf('finished', 'failure')(from['progress'], `${at}.progress`),
    reason: string(from['reason'], `${at}.reason`),
    message: string(from['message'], `${at}.message`),
    ...optional(from, 'interface', at, string),
    ...optional(from, 'startTime', at, time),
    completionTime: time(from['completionTime'], `${at}.completionTime`),
  };
}
