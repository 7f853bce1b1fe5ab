import { isDeepStrictEqual } from 'node:util';
import { API_VERSION, PACKET_CAPTURE } from '../../api/v1alpha1/group.ts';
import type { PacketCaptureStatus } from '../../api/v1alpha1/packet-capture-status.ts';
import { statusOf } from '../../api/v1alpha1/status-of.ts';
import type { Clock } from '../../core/clock.ts';
import { ClaimLostError } from '../../core/errors/index.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import type { ProgressReport, ProgressSink, StatusReport } from '../../core/progress-sink.ts';
import { ApiStatusError } from './api-errors.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import { type PacketCaptureRecords, packetCapturesPath, statusIn } from './packet-capture-record.ts';
import { ReportLine } from './report-line.ts';
import { decideWrite } from './status-write.ts';

/** One manager for all agents, so that each apply replaces what any of them has written. */
export const AGENT_FIELD_MANAGER = 'pcapper-agent';

/** What a {@link PacketCaptureStatusSink} is made of. */
export interface PacketCaptureStatusSinkOptions {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** Of the source that watches them. */
  readonly records: PacketCaptureRecords;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Told which reports the resource had no need of. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** Of the PacketCaptures. */
  readonly namespace: string;
  /** Time between two writes that only move counters. Milliseconds. Default: 2,000. */
  readonly counterInterval?: number;
}

/** Whom a write is for: the uid was compared, the resourceVersion makes sure that it is still that object. */
interface Base {
  readonly resourceVersion: string;
  readonly status: PacketCaptureStatus;
}

const TRIES = 6;

/**
 * Writes progress to the status of PacketCaptures, by server-side apply with the resourceVersion of the object whose
 * uid was compared. `scheduled` is the claim: of several nodes that write it, one succeeds. Writes of one capture go
 * out one at a time; see `ReportLine` for counters.
 */
export class PacketCaptureStatusSink implements ProgressSink, Disposable {
  readonly #client: KubernetesClient;
  readonly #records: PacketCaptureRecords;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #path: string;
  readonly #counterInterval: number;
  readonly #lines = new Map<string, ReportLine>();

  constructor(options: PacketCaptureStatusSinkOptions) {
    this.#client = options.client;
    this.#records = options.records;
    this.#clock = options.clock;
    this.#logger = options.logger ?? silentLogger;
    this.#path = packetCapturesPath(options.namespace);
    this.#counterInterval = options.counterInterval ?? 2_000;
  }

  /**
   * Resolves when the status says it, or need not. Counters alone wait their time, and are not waited for.
   * @throws ClaimLostError when the capture is another node's, was deleted, or was made anew under its name;
   * ApiStatusError, ApiConnectionError when it could not be written.
   */
  async report(report: ProgressReport): Promise<void> {
    if (report.source !== PACKET_CAPTURE.kind || report.progress === 'removed') return;
    const { uid, progress } = report;
    const line = this.#lines.get(uid) ?? this.#open(uid);
    try {
      await line.send(report);
      if (progress !== 'scheduled' && progress !== 'running') this.#forget(uid);
    } catch (error) {
      if (error instanceof ClaimLostError) this.#forget(uid);
      throw error;
    }
  }

  /** Drops counters that wait to be written. */
  close(): Promise<void> {
    this[Symbol.dispose]();
    return Promise.resolve();
  }

  /** Drops counters that wait to be written. */
  [Symbol.dispose](): void {
    for (const uid of this.#lines.keys()) this.#forget(uid);
  }

  #open(uid: string): ReportLine {
    // Of captures that are deleted no end is told.
    for (const [other, { isIdle }] of this.#lines) if (isIdle) this.#forget(other);
    const line = new ReportLine(this.#clock, this.#counterInterval, (next) => this.#write(next));
    this.#lines.set(uid, line);
    return line;
  }

  #forget(uid: string): void {
    this.#lines.get(uid)?.[Symbol.dispose]();
    this.#lines.delete(uid);
  }

  async #write(report: StatusReport): Promise<void> {
    const moves = report.progress === 'scheduled' || report.progress === 'released';
    using _held = moves ? this.#records.hold(report.uid) : undefined;
    let base: Base | undefined = this.#records.record(report.uid);
    for (let tries = 1; ; tries += 1) {
      base ??= await this.#read(report);
      if (decideWrite(base.status, report) === 'settled') {
        this.#logger.info({ capture: report.name, told: report.progress, recorded: base.status.progress }, 'nothing to write');
        return;
      }
      const status = statusOf(report, base.status, this.#clock.now());
      if (isDeepStrictEqual(status, base.status)) return;
      try {
        const written = await this.#apply(report, base.resourceVersion, status);
        if (report.progress === 'released') await this.#removeRest(report, written);
        return;
      } catch (error) {
        // Changed since (409), or so that a rule of the resource now speaks against the report (422): look again.
        const hasMoved = ApiStatusError.is(error) && (error.statusCode === 409 || (error.statusCode === 422 && tries === 1));
        if (!hasMoved || tries === TRIES) throw this.#explain(error, report);
        base = undefined;
      }
    }
  }

  async #apply(report: StatusReport, resourceVersion: string, status: PacketCaptureStatus): Promise<KubernetesObject> {
    const body = {
      apiVersion: API_VERSION,
      kind: PACKET_CAPTURE.kind,
      metadata: { name: report.name, resourceVersion },
      status,
    };
    const query = { fieldManager: AGENT_FIELD_MANAGER, force: true };
    const written = await this.#client.patch(`${this.#path}/${report.name}/status`, 'apply', body, { query });
    this.#records.adopt(written);
    return written;
  }

  /** What another manager owns (the node that an operator assigned) stays through an apply without it. */
  async #removeRest(report: StatusReport, written: KubernetesObject): Promise<void> {
    let { metadata } = written;
    let rest = restOf(statusIn(written), report);
    for (let tries = 1; rest.length > 0; tries += 1) {
      const patch = [
        { op: 'test', path: '/metadata/uid', value: report.uid },
        { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
        ...rest.map((field) => ({ op: 'remove', path: `/status/${field}` })),
      ];
      try {
        this.#records.adopt(
          await this.#client.patch(`${this.#path}/${report.name}/status`, 'json', patch, { query: { fieldManager: AGENT_FIELD_MANAGER } }),
        );
        return;
      } catch (error) {
        // A test that fails is answered with 422.
        const hasMoved = ApiStatusError.is(error) && (error.statusCode === 409 || error.statusCode === 422);
        if (!hasMoved || tries === TRIES) throw error;
        const now = await this.#get(report);
        metadata = now.metadata;
        rest = metadata.uid === report.uid ? restOf(statusIn(now), report) : [];
      }
    }
  }

  async #read(report: StatusReport): Promise<Base> {
    const object = await this.#get(report);
    if (object.metadata.uid !== report.uid) throw new ClaimLostError(report.name, 'a newer capture of that name');
    this.#records.adopt(object);
    return { resourceVersion: object.metadata.resourceVersion, status: statusIn(object) };
  }

  async #get(report: StatusReport): Promise<KubernetesObject> {
    try {
      return await this.#client.get(`${this.#path}/${report.name}`);
    } catch (error) {
      throw this.#explain(error, report);
    }
  }

  /** A 404 means that it was deleted only when it says so; any other may be a missing CRD. */
  #explain(error: unknown, { name }: StatusReport): unknown {
    return ApiStatusError.is(error) && error.saysNotFound(name) ? new ClaimLostError(name, 'its deletion') : error;
  }
}

/** The marks of a claim that are still there, unless they are another node's by now. */
function restOf(status: PacketCaptureStatus, report: StatusReport): readonly ('node' | 'progress')[] {
  if (status.node !== undefined && status.node !== report.node) return [];
  return (['node', 'progress'] as const).filter((field) => status[field] !== undefined);
}
