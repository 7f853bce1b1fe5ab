import { describe, expect, it } from 'vitest';
import { decideRestart, type Record, type RestartDecision, type Standing } from '../../../src/core/agent/restart-decision.ts';

/** The table of docs/design.md, row by row, in its own words. */
const ROWS: readonly [row: string, standings: Standing[], records: Record[], then: RestartDecision][] = [
  ['scheduled, mine × none: start', ['scheduled'], ['none'], 'start'],
  ['scheduled or running, mine × open, time left: next segment for the time left', ['scheduled', 'running'], ['open-time-left'], 'continue'],
  ['scheduled or running, mine × open, no time left: finished, partial', ['scheduled', 'running'], ['open-time-over'], 'conclude'],
  ['running, mine × none: failure (ManifestLost); never run again', ['running'], ['none'], 'fail-manifest-lost'],
  ['terminal × open: end it, close the manifest, report what the lock allows', ['terminal'], ['open-time-left', 'open-time-over'], 'close'],
  ['ended × closed, not reported: report', ['scheduled', 'running', 'terminal'], ['closed-unreported'], 'report'],
  ["none, or another node's × open: end it, keep the files, report nothing", ['not-mine'], ['open-time-left', 'open-time-over'], 'abandon'],
  ['mine × unreadable: ManifestLost', ['scheduled', 'running'], ['unreadable'], 'fail-manifest-lost'],
  ['gone × any: end it, remove files unless retained', ['gone'], ['open-time-left', 'open-time-over', 'closed-reported', 'closed-unreported'], 'remove'],
  ['API not reachable, or CRD missing × open: go on capturing', ['unknown'], ['open-time-left'], 'continue'],
  ['API not reachable, or CRD missing × anything that has ended: remove nothing', ['unknown'], ['none', 'closed-reported', 'closed-unreported', 'unreadable'], 'leave'],
  ['reported: nothing is left to do', ['scheduled', 'running', 'terminal', 'not-mine'], ['closed-reported'], 'leave'],
];

describe('the restart table', () => {
  for (const [row, standings, records, then] of ROWS) {
    it(row, () => {
      for (const standing of standings) for (const record of records) expect(decideRestart(standing, record), `${standing} × ${record}`).toBe(then);
    });
  }

  it('never starts tcpdump for a capture that has run, has ended, or is not surely this node\'s', () => {
    for (const standing of ['running', 'terminal', 'not-mine', 'gone', 'unknown'] as const) {
      expect(decideRestart(standing, 'none')).not.toBe('start');
    }
  });
});
