import { type CaptureFile, type CaptureGap, type CaptureResult, type EndState, ENDED_BY, FINISH_REASONS, type PacketCounters } from './capture-result.ts';
import { arrayOf, boolean, integer, oneOf, optional, record, string, time } from './parse-json.ts';

/** @throws Error that says what is wrong and where */
export function parseResult(given: unknown, at: string): CaptureResult {
  const from = record(given, at);
  return {
    packets: parseCounters(from['packets'], `${at}.packets`),
    files: arrayOf(from['files'], `${at}.files`, parseFile),
    wrapped: boolean(from['wrapped'], `${at}.wrapped`),
    ...optional(from, 'oldestPacketTime', at, time),
    gaps: arrayOf(from['gaps'], `${at}.gaps`, parseGap),
    ...parseEndState(from, at),
    message: string(from['message'], `${at}.message`),
    ...optional(from, 'interface', at, string),
    ...optional(from, 'startTime', at, time),
    completionTime: time(from['completionTime'], `${at}.completionTime`),
  };
}

function parseEndState(from: Readonly<Record<string, unknown>>, at: string): EndState {
  const progress = oneOf('finished', 'failure')(from['progress'], `${at}.progress`);
  if (progress === 'failure') return { progress, reason: string(from['reason'], `${at}.reason`) };
  return { progress, reason: oneOf(...FINISH_REASONS)(from['reason'], `${at}.reason`), ...optional(from, 'endedBy', at, oneOf(...ENDED_BY)) };
}

/** @throws Error that says what is wrong and where */
export function parseCounters(given: unknown, at: string): PacketCounters {
  const from = record(given, at);
  return {
    captured: integer(from['captured'], `${at}.captured`),
    received: integer(from['received'], `${at}.received`),
    dropped: integer(from['dropped'], `${at}.dropped`),
  };
}

/** @throws Error that says what is wrong and where */
export function parseGap(given: unknown, at: string): CaptureGap {
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
