import type { CaptureLimits, CaptureRequest } from './capture-request.ts';
import type { CaptureTarget, ClaimedTarget } from './capture-target.ts';
import { arrayOf, boolean, integer, number, oneOf, optional, record, string } from './parse-json.ts';

/** The shape of a request; whether its values can be is for `checkRequest` to say. @throws Error that says what is wrong and where */
export function parseRequest(given: unknown, at: string): CaptureRequest {
  const from = record(given, at);
  return {
    uid: string(from['uid'], `${at}.uid`),
    name: string(from['name'], `${at}.name`),
    ...optional(from, 'fileNames', at, (names, where) => arrayOf(names, where, string)),
    ...optional(from, 'slot', at, string),
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

/** @throws Error that says what is wrong and where */
export function parseClaimedTarget(given: unknown, at: string): ClaimedTarget {
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
