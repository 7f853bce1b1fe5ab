import { describe, expect, it } from 'vitest';
import { createAgentMetrics } from '../../../src/adapters/metrics/agent-metrics.ts';
import type { CaptureResult } from '../../../src/core/capture-result.ts';
import type { RunningReport } from '../../../src/core/progress-sink.ts';

const base = { source: 'PacketCapture', uid: 'u1', name: 'c1', node: 'n1', message: '' };
const held = (captured: number, dropped: number) => ({
  packets: { captured, received: captured + dropped, dropped },
  files: [{ name: 'f', bytes: 1000 }],
  wrapped: false,
  gaps: [],
});
const running = (captured: number, dropped: number): RunningReport => ({
  ...base,
  ...held(captured, dropped),
  progress: 'running',
  interface: 'eth0',
  startTime: 0,
  request: { uid: 'u1', name: 'c1', target: { kind: 'node', node: 'n1', interface: 'eth0' }, limits: { maxFileSize: 1e6, fileCount: 2, snapLength: 96 } },
  target: { kind: 'node', node: 'n1', interface: 'eth0' },
});
const end: CaptureResult = { ...held(12, 2), progress: 'finished', reason: 'Stopped', message: '', completionTime: 0 };

describe('the metrics of the agent', () => {
  it('count each packet once, however often a capture reports', async () => {
    const metrics = await createAgentMetrics();
    await metrics.report({ ...base, progress: 'scheduled' });
    for (const report of [running(0, 0), running(7, 0), running(7, 1), { ...base, ...end }]) await metrics.report(report);
    const text = await metrics.text();
    expect(text).toContain('pcapper_packets_captured_total 12\n');
    expect(text).toContain('pcapper_packets_dropped_total 2\n');
    expect(text).toContain('pcapper_bytes_total 1000\n');
    expect(text).toContain('pcapper_captures_total{progress="finished",reason="Stopped"} 1\n');
    expect(text).toContain('pcapper_start_latency_seconds_count 1\n');
  });

  it('count each end once: told again, told of removed files, here or by the agent before', async () => {
    const metrics = await createAgentMetrics();
    await metrics.report(running(7, 1));
    await metrics.report({ ...base, ...end });
    await metrics.report({ ...base, ...end });
    await metrics.report({ ...base, ...end, files: [], filesRemoved: true });
    await metrics.report({ ...base, ...end, uid: 'of-the-agent-before', files: [], filesRemoved: true });
    const text = await metrics.text();
    expect(text).toContain('pcapper_captures_total{progress="finished",reason="Stopped"} 1\n');
    expect(text).toContain('pcapper_packets_captured_total 12\n');
    expect(text).toContain('pcapper_packets_dropped_total 2\n');
    expect(text).toContain('pcapper_bytes_total 1000\n');
  });

  it('count the end of a capture that was given back and taken again', async () => {
    const metrics = await createAgentMetrics();
    const taken = { ...base, progress: 'scheduled' } as const;
    for (const report of [taken, { ...base, progress: 'released', reason: 'TargetMoved' } as const, taken]) await metrics.report(report);
    await metrics.report(running(7, 1));
    await metrics.report({ ...base, ...end });
    expect(await metrics.text()).toContain('pcapper_captures_total{progress="finished",reason="Stopped"} 1\n');
  });

  it('count anew what was removed or refused and is asked for again', async () => {
    const metrics = await createAgentMetrics();
    const taken = { ...base, progress: 'scheduled' } as const;
    for (const report of [taken, running(7, 1), { ...base, progress: 'removed', target: running(0, 0).target } as const]) await metrics.report(report);
    for (const report of [taken, running(5, 0), { ...base, ...end }, taken, { ...base, ...end }]) await metrics.report(report);
    const text = await metrics.text();
    expect(text).toContain('pcapper_packets_captured_total 31\n');
    expect(text).toContain('pcapper_packets_dropped_total 5\n');
    expect(text).toContain('pcapper_captures_total{progress="finished",reason="Stopped"} 2\n');
    expect(text).toContain('pcapper_start_latency_seconds_count 2\n');
  });

  it('forget the captures that they heard of least recently, for of deleted ones no end is told', async () => {
    const metrics = await createAgentMetrics();
    await metrics.report({ ...running(5, 0), uid: 'deleted' });
    await metrics.report({ ...running(7, 0), uid: 'goes-on' });
    for (let i = 0; i < 600; i += 1) await metrics.report({ ...running(1, 0), uid: `short-${i}` });
    await metrics.report({ ...running(8, 0), uid: 'goes-on' });
    for (let i = 600; i < 1200; i += 1) await metrics.report({ ...running(1, 0), uid: `short-${i}` });
    await metrics.report({ ...running(9, 0), uid: 'goes-on' });
    expect(await metrics.text()).toContain('pcapper_packets_captured_total 1214\n');
    await metrics.report({ ...running(5, 0), uid: 'deleted' });
    expect(await metrics.text()).toContain('pcapper_packets_captured_total 1219\n');
  });

  it('read what is asked for at that moment', async () => {
    const metrics = await createAgentMetrics();
    metrics.read({
      load: () => ({ running: 3, waiting: 1 }),
      queueDepth: () => 5,
      disk: () => Promise.resolve({ used: 10, reserved: 20, free: 30, maxTotal: 0, minFree: 0 }),
    });
    metrics.countApiCall({ statusCode: 200 });
    metrics.countApiCall({ statusCode: 429, error: new Error('too many') });
    metrics.countApiCall({ error: new Error('no answer') });
    metrics.countRelist();
    const text = await metrics.text();
    for (const line of [
      'pcapper_captures_running 3',
      'pcapper_captures_queued 1',
      'pcapper_queue_depth 5',
      'pcapper_disk_bytes{kind="used"} 10',
      'pcapper_disk_bytes{kind="reserved"} 20',
      'pcapper_disk_bytes{kind="free"} 30',
      'pcapper_api_errors_total{code="429"} 1',
      'pcapper_api_errors_total{code="unreachable"} 1',
      'pcapper_relists_total 1',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(text).not.toContain('code="200"');
  });
});
