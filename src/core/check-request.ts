import { type CaptureLimits, type CaptureRequest, MAX_SECONDS, MEGABYTE } from './capture-request.ts';
import type { ClaimedTarget } from './capture-target.ts';
import { CAPTURE_UID_RULE, isCaptureUid } from './capture-uid.ts';
import { quote } from './errors/capture-error.ts';
import { RequestInvalidError } from './errors/request-errors.ts';
import { isAskedFileBase } from './file-names.ts';

/** Kubernetes' names: they become file names, so nothing else may reach one. */
const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/**
 * Checks what a caller hands to the engine, whatever made it.
 * @throws RequestInvalidError naming the field, what was given and what is allowed
 */
export function checkRequest({ uid, name, fileNames = [], slot, filter, limits }: CaptureRequest): void {
  check(isText(uid) && isCaptureUid(uid), 'uid', uid, CAPTURE_UID_RULE);
  check(filter === undefined || isText(filter), 'filter', filter, 'a pcap-filter(7) expression, or nothing');
  check(isObject(limits), 'limits', limits, 'an object, as DEFAULT_LIMITS is');
  check(isText(name) && NAME.test(name) && !name.includes('..'), 'name', name, 'a Kubernetes name: lower-case letters, digits, "-" and single "."');
  check(Array.isArray(fileNames), 'fileNames', fileNames, 'a list of names, or nothing');
  for (const asked of fileNames) {
    check(isText(asked) && isAskedFileBase(asked), 'fileNames', asked, '"capture-" and lower-case letters, digits, ".", "_" and "-", ending with a letter or digit, but not with "." and ten digits or more: at most 255 of them');
  }
  check(slot === undefined || isText(slot), 'slot', slot, 'text, or nothing');
  checkLimits(limits);
}

/** @throws RequestInvalidError naming the limit, what was given and what is allowed */
export function checkLimits({ seconds, maxFileSize, fileCount, maxPackets, snapLength }: CaptureLimits): void {
  check(seconds === undefined || (Number.isFinite(seconds) && seconds > 0 && seconds <= MAX_SECONDS), 'limits.seconds', seconds, `a number of seconds above 0, at most ${MAX_SECONDS} (7 days), or nothing for no limit`);
  check(isWhole(maxFileSize, MEGABYTE, 10_000 * MEGABYTE) && maxFileSize % MEGABYTE === 0, 'limits.maxFileSize', maxFileSize, 'a multiple of 1,000,000 from 1,000,000 to 10,000,000,000 bytes');
  check(isWhole(fileCount, 1, 1000), 'limits.fileCount', fileCount, 'a whole number from 1 to 1000');
  check(maxPackets === undefined || isWhole(maxPackets, 1, 2 ** 31 - 1), 'limits.maxPackets', maxPackets, 'a whole number from 1 to 2147483647, or nothing');
  check(isWhole(snapLength, 1, 262_144), 'limits.snapLength', snapLength, 'a whole number from 1 to 262144');
}

/**
 * Checks that a target is one that this node can capture.
 * @throws RequestInvalidError
 */
export function checkTarget(target: ClaimedTarget, node: string): void {
  check(isObject(target) && ['pod', 'node'].includes(target.kind), 'target.kind', isObject(target) ? target.kind : undefined, '"pod" or "node"');
  if (target.kind === 'node') check(target.node === node, 'target.node', target.node, `the node of this engine, ${quote(node)}`);
  else for (const field of ['namespace', 'name', 'uid', 'cgroupUid'] as const) check(isText(target[field]), `target.${field}`, target[field], 'text');
}

// Callers may be JavaScript.
const isText = (given: unknown): given is string => typeof given === 'string';
const isObject = (given: unknown): given is object => typeof given === 'object' && given !== null;

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function check(holds: boolean, field: string, given: unknown, allowed: string): void {
  if (!holds) {
    throw new RequestInvalidError({ problem: `${field} is ${quote(given)}.`, advice: `It must be ${allowed}.` });
  }
}
