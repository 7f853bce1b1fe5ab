import type { DiskUsage } from '../../core/disk-guard.ts';
import type { EngineLoad } from '../../core/engine/capture-engine.ts';
import type { ProgressReport, ProgressSink } from '../../core/progress-sink.ts';
import type { PacketCounters } from '../../core/capture-result.ts';
import { PackageMissingError } from '../../core/errors/index.ts';
import { RecentMap } from '../../core/recent-map.ts';

/** What is read when the metrics are asked for. */
export interface MetricsView {
  /** Captures that have a turn, and that wait for one. */
  readonly load: () => EngineLoad;
  /** Captures that wait to be looked at. */
  readonly queueDepth: () => number;
  /** What is used, reserved and free. */
  readonly disk: () => Promise<DiskUsage>;
}

/** The agent's Prometheus metrics; also a sink, which counts what it is told. */
export interface AgentMetrics extends ProgressSink {
  /** Adds what is read, rather than told. Called once. */
  read(view: MetricsView): void;
  /** In the Prometheus text format. */
  text(): Promise<string>;
  /** Takes note of a call of the API server; those that failed are counted by their code. */
  countApiCall(outcome: { readonly statusCode?: number; readonly error?: unknown }): void;
  /** A watched collection was listed anew. */
  countRelist(): void;
}

const SECONDS = [0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];

/** What was told of a capture. */
interface Told {
  /** Milliseconds of `performance.now()`. */
  taken?: number | undefined;
  packets?: PacketCounters;
  isEnded?: boolean;
}

/**
 * Loads prom-client and makes the metrics in a registry of their own.
 * @throws PackageMissingError when prom-client is not installed.
 */
export async function createAgentMetrics(): Promise<AgentMetrics> {
  const { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } = await import('prom-client').catch((cause: unknown) => {
    throw new PackageMissingError(['prom-client'], 'Metrics are counted with the package', cause);
  });
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const captures = new Counter({ name: 'pcapper_captures_total', help: 'Captures that have ended, by outcome.', labelNames: ['progress', 'reason'], registers });
  const packets = new Counter({ name: 'pcapper_packets_captured_total', help: 'Packets captured.', registers });
  const drops = new Counter({ name: 'pcapper_packets_dropped_total', help: 'Packets that the kernel dropped.', registers });
  const bytes = new Counter({ name: 'pcapper_bytes_total', help: 'Bytes of the files of ended captures.', registers });
  const latency = new Histogram({ name: 'pcapper_start_latency_seconds', help: 'From taking a request to capturing.', buckets: SECONDS, registers });
  const apiErrors = new Counter({ name: 'pcapper_api_errors_total', help: 'Calls of the API server that failed.', labelNames: ['code'], registers });
  const relists = new Counter({ name: 'pcapper_relists_total', help: 'Times that a watched collection was listed anew.', registers });

  /** Of captures that are deleted no end is told. */
  const recent = new RecentMap<string, Told>();

  function read(view: MetricsView): void {
    gauge('pcapper_captures_running', 'Captures that have a turn.', () => view.load().running);
    gauge('pcapper_captures_queued', 'Captures that wait for their turn.', () => view.load().waiting);
    gauge('pcapper_queue_depth', 'Captures that wait to be looked at.', view.queueDepth);
    new Gauge({
      name: 'pcapper_disk_bytes',
      help: 'Disk of the hostmount: used by it, reserved but not written, free.',
      labelNames: ['kind'],
      registers,
      async collect() {
        const { used, reserved, free } = await view.disk();
        for (const [kind, value] of Object.entries({ used, reserved, free })) this.set({ kind }, value);
      },
    });
  }

  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({ name, help, registers, collect() {
      this.set(read());
    } });
  }

  /** Counters are told as totals of a capture; what is counted is their growth. */
  function countPackets(capture: Told, now: PacketCounters): void {
    packets.inc(Math.max(0, now.captured - (capture.packets?.captured ?? 0)));
    drops.inc(Math.max(0, now.dropped - (capture.packets?.dropped ?? 0)));
    capture.packets = now;
  }

  function report(told: ProgressReport): void {
    const before = recent.get(told.uid);
    // By an annotation the same can be asked for again.
    const capture: Told = before === undefined || (before.isEnded && told.progress === 'scheduled') ? {} : before;
    recent.set(told.uid, capture);
    switch (told.progress) {
      case 'scheduled':
        capture.taken ??= performance.now();
        return;
      case 'running':
        if (capture.taken !== undefined) latency.observe((performance.now() - capture.taken) / 1000);
        capture.taken = undefined;
        countPackets(capture, told.packets);
        return;
      case 'finished':
      case 'failure':
        // An end is told again when what was to follow it failed.
        if (told.filesRemoved || capture.isEnded) return;
        capture.isEnded = true;
        countPackets(capture, told.packets);
        captures.inc({ progress: told.progress, reason: told.reason });
        bytes.inc(told.files.reduce((sum, file) => sum + file.bytes, 0));
        return;
      case 'released':
        capture.taken = undefined;
        return;
      case 'removed':
        recent.delete(told.uid);
    }
  }

  return {
    read,
    report: (told) => {
      report(told);
      return Promise.resolve();
    },
    text: () => registry.metrics(),
    countApiCall: ({ statusCode, error }) => {
      if (error !== undefined) apiErrors.inc({ code: statusCode ?? 'unreachable' });
    },
    countRelist: () => relists.inc(),
  };
}
