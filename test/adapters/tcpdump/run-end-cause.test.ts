import { describe, expect, it } from 'vitest';
import { type EndEvidence, runEndCause } from '../../../src/adapters/tcpdump/run-end-cause.ts';

const counters = { captured: 5, received: 5, dropped: 0 };
const evidence: EndEvidence = {
  exit: { exitCode: 0, signal: undefined },
  terminated: false,
  interfaceDisappeared: false,
  counters,
  maxPackets: undefined,
  backstopPassed: false,
};

describe('runEndCause', () => {
  it.each<[cause: string, what: string, Partial<EndEvidence>]>([
    ['stopped', 'our SIGTERM', { terminated: true }],
    ['stopped', 'our SIGKILL after it', { terminated: true, exit: { exitCode: undefined, signal: 'SIGKILL' }, counters: undefined }],
    ['packet-limit', 'the last of its packets', { maxPackets: 5 }],
    ['killed', 'SIGTERM by somebody before its packets had come', { maxPackets: 6 }],
    ['killed', 'SIGTERM by somebody', {}],
    ['killed', 'SIGKILL by somebody', { exit: { exitCode: undefined, signal: 'SIGKILL' }, counters: undefined }],
    ['killed', 'SIGXFSZ of tcpdump, as timeout tells it', { exit: { exitCode: 153, signal: undefined }, counters: undefined }],
    ['time-limit', 'timeout', { exit: { exitCode: 124, signal: undefined } }],
    ['time-limit', 'timeout -k', { exit: { exitCode: undefined, signal: 'SIGKILL' }, counters: undefined, backstopPassed: true }],
    ['time-limit', 'timeout -k, seen by its exit code', { exit: { exitCode: 137, signal: undefined }, counters: undefined, backstopPassed: true }],
    ['interface-gone', 'the interface', { exit: { exitCode: 1, signal: undefined }, interfaceDisappeared: true }],
    ['interface-gone', 'the interface, before our SIGTERM', { exit: { exitCode: 1, signal: undefined }, interfaceDisappeared: true, terminated: true }],
    ['failed', 'an error', { exit: { exitCode: 1, signal: undefined } }],
    ['failed', 'an error of timeout', { exit: { exitCode: 125, signal: undefined }, counters: undefined }],
  ])('%s by %s', (cause, _, changes) => {
    expect(runEndCause({ ...evidence, ...changes })).toBe(cause);
  });
});
