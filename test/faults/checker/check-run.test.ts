import { describe, expect, it } from 'vitest';
import { checkRun } from './check-run.ts';
import type { CaptureEvidence, RunEvidence, SeenStatus } from './evidence.ts';
import { goodCapture, goodRun, pcapOf, range, timeText } from './good-evidence.ts';

const PARTIAL = { partial: true, failures: [], finishes: [] };

function files(first: readonly number[], second: readonly number[]): Map<string, Uint8Array> {
  return new Map([['n1.web.1.pcap0', pcapOf(first)], ['n1.web.1.pcap1', pcapOf(second)]]);
}

function wrongs(changes: Parameters<typeof goodCapture>[0]): string {
  return checkRun(goodRun([goodCapture(changes)])).join('\n');
}

function left(leftovers: Partial<RunEvidence['leftovers']>): string {
  const run = goodRun();
  return checkRun({ ...run, leftovers: { ...run.leftovers, ...leftovers } }).join('\n');
}

describe('the checker', () => {
  it('has nothing to say of a capture of which nothing is missing', () => {
    expect(checkRun(goodRun())).toEqual([]);
  });

  describe('of packets', () => {
    it('names one that is missing', () => {
      const missing = range(200, 399).filter((number) => number !== 300);
      expect(wrongs({ files: files(range(0, 199), missing), status: { packets: { captured: 399, received: 399, dropped: 0 } } })).toContain('1 of 385 packets are missing, and nothing says so: number 300');
    });

    it('names the tail that a stop has lost', () => {
      expect(wrongs({ files: files(range(0, 199), range(200, 390)), status: { packets: { captured: 391, received: 400, dropped: 0 } } })).toContain('number 391');
    });

    it('names one that is there twice', () => {
      expect(wrongs({ files: files(range(0, 200), range(200, 399)), status: { packets: { captured: 401, received: 401, dropped: 0 } } })).toContain('packet 200 is there twice, in n1.web.1.pcap0 and n1.web.1.pcap1');
    });

    it('does not miss what a told gap holds, and misses what lies beside it', () => {
      const gap = { from: timeText(2_000), to: timeText(2_500), reason: 'the agent was restarted' };
      const status: Partial<SeenStatus> = { reason: 'Partial', gaps: [gap], packets: { captured: 349, received: 349, dropped: 0 }, conditions: told('False') };
      const capture: Partial<CaptureEvidence> = { believable: PARTIAL };
      expect(wrongs({ files: files(range(0, 199), range(251, 399)), status, capture })).toBe('');
      expect(wrongs({ files: files(range(0, 195), range(251, 399)), status: { ...status, packets: { captured: 345, received: 345, dropped: 0 } }, capture })).toContain('4 of');
    });

    it('names one that a deletion has lost, where the files are retained', () => {
      const { asked } = goodCapture();
      const deleted: Partial<CaptureEvidence> = { asked: { ...asked, end: 'deletion', retainFiles: true, fileCount: 3 }, history: [{ at: 0, status: { progress: 'running', startTime: timeText(0) } }] };
      expect(wrongs({ capture: deleted })).toBe('');
      expect(wrongs({ files: files(range(0, 199), range(200, 390)), capture: deleted })).toContain('number 391');
    });

    it('takes the end of one that was deleted after it for what it was', () => {
      const { asked } = goodCapture();
      const limited = { ...asked, end: 'deletion', maxPackets: 400, retainFiles: true } as const;
      const status: Partial<SeenStatus> = { reason: 'PacketLimit' };
      expect(wrongs({ status, capture: { asked: { ...limited, endedBefore: 'packets' } } })).toBe('');
      expect(wrongs({ status, capture: { asked: limited } })).toContain('PacketLimit');
    });

    it('excuses as many as the kernel dropped, and what the ring has overwritten only when the status says so', () => {
      const without = files(range(0, 199), range(203, 399));
      expect(wrongs({ files: without, status: { packets: { captured: 397, received: 400, dropped: 3 } } })).toBe('');
      expect(wrongs({ files: without, status: { packets: { captured: 397, received: 400, dropped: 2 } } })).toContain('3 of');
      const overwritten = files(range(100, 199), range(200, 399));
      expect(wrongs({ files: overwritten, status: { wrapped: true, oldestPacketTime: timeText(1_000) } })).toBe('');
      expect(wrongs({ files: overwritten, status: { oldestPacketTime: timeText(1_000) } })).toMatch(/nothing says why[^]*packets are missing/);
    });
  });

  describe('of files', () => {
    it('names one that is cut', () => {
      const whole = files(range(0, 199), range(200, 399));
      const cut = new Map([...whole].map(([name, bytes]) => [name, bytes.subarray(0, bytes.length - 1)]));
      expect(wrongs({ files: cut })).toContain('n1.web.1.pcap0 does not parse: it has a cut packet at byte');
    });

    it('names one that is listed and does not exist, one of another size, and one that is not listed', () => {
      const { history } = goodCapture();
      const listed = history.at(-1)?.status.files ?? [];
      expect(wrongs({ status: { files: [...listed, { name: 'n1.web.1.pcap2', bytes: 24 }] } })).toContain('lists n1.web.1.pcap2, which does not exist');
      expect(wrongs({ status: { files: listed.map((file) => ({ ...file, bytes: file.bytes + 1 })) } })).toContain('n1.web.1.pcap0 with');
      expect(wrongs({ status: { files: listed.slice(1) } })).toContain('does not list n1.web.1.pcap0');
    });

    it('names counters that the files do not bear out', () => {
      expect(wrongs({ status: { packets: { captured: 410, received: 410, dropped: 0 } } })).toContain('its counters say 410 packets, its files hold 400, and nothing says why');
      expect(wrongs({ status: { packets: { captured: 390, received: 400, dropped: 0 } } })).toContain('its files hold 400 packets, its counters say 390');
    });

    it('names more than the ring may occupy, and what is left after the deletion', () => {
      const asked = { ...goodCapture().asked, fileBytes: 1, fileCount: 1, snapLength: 1 };
      const large = Buffer.concat([pcapOf(range(0, 399)), ...Array.from({ length: 100 }, () => pcapOf(range(1_000, 1_300)).subarray(24))]);
      expect(wrongs({ files: new Map([['n1.web.1.pcap', large]]), capture: { asked } })).toContain('bytes of at most 2000082');
      expect(wrongs({ capture: { afterDeletion: ['n1.web.1.pcap0'] } })).toContain('deleted, and its files are still there: n1.web.1.pcap0');
    });
  });

  describe('of the status', () => {
    it('names an end that did not come, one that is not true, and one that was changed', () => {
      expect(wrongs({ status: { progress: 'running' } })).toContain('not ended: progress is running');
      expect(wrongs({ status: { progress: 'failure', reason: 'Unexpected' } })).toContain('is failure (Unexpected)');
      expect(wrongs({ status: { reason: 'TimeLimit' } })).toContain('is finished (TimeLimit)');
      const capture = goodCapture();
      const history = [...capture.history, { at: 0, status: { ...capture.history.at(-1)?.status, reason: 'Partial' } }];
      expect(wrongs({ capture: { history } })).toContain('ended as finished (Stopped), then finished (Partial)');
    });

    it('names progress that goes back, and another node in the midst of it', () => {
      const { history } = goodCapture();
      const back = [...history.slice(0, 3), { at: 0, status: { progress: 'scheduled', node: 'n2' } }, ...history.slice(3)];
      expect(wrongs({ capture: { history: back } })).toMatch(/was running, then scheduled[^]*node n1 had it, then n2/);
    });

    it('names a gap that the reason hides, and a partial end that says nothing', () => {
      const gap = { from: timeText(2_000), to: timeText(2_500), reason: 'the agent was restarted' };
      expect(wrongs({ status: { gaps: [gap] } })).toMatch(/has gaps, and its reason is Stopped[^]*Lossless is True/);
      expect(wrongs({ status: { reason: 'Partial' }, capture: { believable: PARTIAL } })).toContain('is Partial and does not say what is missing');
      expect(wrongs({ status: { reason: 'Partial', gaps: [gap], conditions: told('False') } })).toContain('is finished (Partial)');
    });

    it('names a condition that contradicts it', () => {
      expect(wrongs({ status: { conditions: [{ type: 'Complete', status: 'False', reason: 'Stopped' }] } })).toMatch(/Complete is False[^]*Capturing is missing/);
    });
  });

  it('names two tcpdumps of one capture, one that was begun after the end, a broken limit, a bad exit', () => {
    const evidence = goodRun([goodCapture()], {
      doubles: [{ uid: 'u1', at: 0, pids: [1, 2] }],
      resurrections: [{ uid: 'u1', at: 0, pid: 3 }],
      overLimit: [{ at: 0, what: '49000000 bytes' }],
      badExits: ['the agent n1 (1) ended with 1'],
    });
    expect(checkRun(evidence)).toMatchObject([/2 tcpdumps at once/, /begun after the end/, /disk limit broken/, /ended with 1/].map((text) => expect.stringMatching(text) as string));
  });

  it('names everything that is left over', () => {
    expect(left({ processes: ['1 tcpdump'] })).toBe('left over: process 1 tcpdump');
    expect(left({ networkNamespaces: ['1 agent'] })).toBe('left over: network namespace 1 agent');
    expect(left({ locks: ['1: FLOCK'] })).toBe('left over: lock 1: FLOCK');
    expect(left({ files: ['n1.web.1.json'] })).toBe('left over: file n1.web.1.json');
    expect(left({ reservations: ['u1 of n1'] })).toBe('left over: reservation u1 of n1');
    expect(left({ descriptors: ['n1: pipe: 3, before 2'] })).toBe('left over: descriptor n1: pipe: 3, before 2');
  });
});

function told(lossless: string): NonNullable<SeenStatus['conditions']> {
  return [{ type: 'Capturing', status: 'False', reason: '' }, { type: 'Complete', status: 'True', reason: '' }, { type: 'Lossless', status: lossless, reason: '' }];
}
