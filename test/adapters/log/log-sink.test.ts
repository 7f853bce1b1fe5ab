import { describe, expect, it } from 'vitest';
import { LogSink } from '../../../src/adapters/log/log-sink.ts';
import type { ProgressReport } from '../../../src/core/progress-sink.ts';

const base = { source: 'PacketCapture', uid: 'u1', name: 'c1', node: 'n1' };
const nothing = { packets: { captured: 0, received: 0, dropped: 0 }, files: [], wrapped: false, gaps: [] };

describe('LogSink', () => {
  it('tells each step at its level, and counters that move at debug only', async () => {
    const lines: string[] = [];
    const at = (level: string) => (fields: object, message: string) => {
      lines.push(`${level} ${(fields as { capture: string }).capture} ${message}`);
    };
    const sink = new LogSink({ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') });
    const target = { kind: 'node', node: 'n1', interface: 'eth0' } as const;
    const request = { uid: 'u1', name: 'c1', target, limits: { maxFileSize: 1e6, fileCount: 2, snapLength: 96 } };
    const running = { ...base, ...nothing, progress: 'running', request, target, interface: 'eth0', startTime: 0 } as const;
    const reports: ProgressReport[] = [
      { ...base, progress: 'scheduled', message: 'taken' },
      { ...running, message: 'begins' },
      { ...running, message: 'goes on' },
      { ...base, ...nothing, progress: 'failure', reason: 'DiskFilled', message: 'full', completionTime: 0 },
      { ...base, ...nothing, progress: 'failure', reason: 'DiskFilled', message: 'removed', completionTime: 0, filesRemoved: true },
    ];
    for (const report of reports) await sink.report(report);
    expect(lines).toEqual(['info c1 taken', 'info c1 begins', 'debug c1 goes on', 'error c1 full', 'info c1 removed']);
  });
});
