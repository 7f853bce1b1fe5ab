import type { CaptureDirectory, FileInspection } from '../capture-directory.ts';
import {
  type CaptureManifest,
  hasCaptured,
  type Instant,
  instantOf,
  MANIFEST_SCHEMA_VERSION,
  secondsLeft,
  type SegmentRecord,
} from '../capture-manifest.ts';
import { rotationSize } from '../capture-request.ts';
import {
  addCounters,
  type CaptureFile,
  type CaptureGap,
  type CaptureResult,
  type CaptureYield,
  NO_PACKETS,
  type PacketCounters,
} from '../capture-result.ts';
import type { Clock } from '../clock.ts';
import { captureFileBase, fileBasesFor, laterFileBase } from '../file-names.ts';
import type { ProcessIdentity } from '../tcpdump-runner.ts';
import type { CaptureOrder } from './capture-order.ts';
import { gapAfter } from './gap-after.ts';
import { INTERRUPTIONS, OVERWRITTEN } from './interruption.ts';
import { ringForNextSegment } from './segment-ring.ts';
import { judgeSegment, type SegmentVerdict } from './segment-verdict.ts';

/** How a segment has ended. */
export interface SegmentClosing {
  /** tcpdump's last words; `undefined` when it said none. */
  readonly counters: PacketCounters | undefined;
  /** Of a moment that only files tell, nothing but the wall clock is known. */
  readonly at: Pick<Instant, 'at'> & Partial<Pick<Instant, 'uptime'>>;
  readonly interruption: string;
  /** Not ended by us, or not cleanly: what the kernel had for tcpdump at that moment is lost. */
  readonly cut?: boolean;
  /** Others had filled the disk by then. */
  readonly diskFilled?: boolean;
}

/** A packet is with tcpdump, and in its file, after at most that long: libpcap hands over a block each second. */
const LONGEST_IN_KERNEL_MS = 1_100;

/** What is on disk of one capture: its manifest, kept current ahead of what it announces, and its files. */
export class CaptureRecord {
  readonly #directory: CaptureDirectory;
  readonly #clock: Clock;
  readonly #node: string;
  readonly #order: CaptureOrder;
  readonly #inspections = new Map<string, readonly FileInspection[]>();
  /** Segments whose ring was seen to begin anew while they were written. */
  readonly #seenToWrap = new Set<string>();
  #manifest: CaptureManifest | undefined;
  #unsaved = false;

  /** @param manifest of a capture that an earlier agent began. */
  constructor(directory: CaptureDirectory, clock: Clock, node: string, order: CaptureOrder, manifest?: CaptureManifest) {
    this.#directory = directory;
    this.#clock = clock;
    this.#node = node;
    this.#order = order;
    this.#manifest = manifest;
  }

  /** Absent until the first segment is opened. */
  get manifest(): CaptureManifest | undefined {
    return this.#manifest;
  }

  /** The disk did not take what is known by now. It gets it with the next change, or by {@link CaptureRecord.markReported}. */
  get unsaved(): boolean {
    return this.#unsaved;
  }

  get segments(): readonly SegmentRecord[] {
    return this.#manifest?.segments ?? [];
  }

  /** The segments in which tcpdump was capturing. */
  get captured(): readonly SegmentRecord[] {
    return this.segments.filter(hasCaptured);
  }

  /** When tcpdump was first capturing; milliseconds since the Unix epoch. */
  get startTime(): number | undefined {
    return this.captured[0]?.started.at;
  }

  /** The device of the latest segment. */
  get device(): string | undefined {
    return this.segments.at(-1)?.device;
  }

  /** Seconds until the time limit; `undefined` without one. */
  get secondsLeft(): number | undefined {
    return secondsLeft({ request: this.#order.request, segments: this.segments }, this.#clock);
  }

  /** Counters of all closed segments. */
  get pastCounters(): PacketCounters {
    return this.segments.reduce((sum, { end }) => (end ? addCounters(sum, end.counters) : sum), NO_PACKETS);
  }

  async openSegment(device: string): Promise<SegmentRecord> {
    const fields = { started: instantOf(this.#clock), device };
    return this.#manifest === undefined ? this.#openFirst(fields) : this.#openNext(this.#manifest, fields);
  }

  /** tcpdump is capturing: the segment begins now, and what lies between it and the previous one is a gap. */
  async startSegment(segment: SegmentRecord, process: ProcessIdentity): Promise<SegmentRecord> {
    const started: SegmentRecord = { ...segment, started: instantOf(this.#clock), process };
    const previous = this.captured.at(-1);
    const gap = previous && gapAfter(previous, started.started);
    await this.#replace(started, gap ? [gap] : []);
    return started;
  }

  /** @throws when the files cannot be looked into; not when the disk does not take the manifest, see {@link CaptureRecord.unsaved}. */
  async closeSegment(segment: SegmentRecord, { counters, at, interruption, cut = false, diskFilled = false }: SegmentClosing): Promise<SegmentVerdict> {
    let verdict: SegmentVerdict = { counters: counters ?? NO_PACKETS, wrapped: false };
    try {
      verdict = judgeSegment({ ...segment, counters, files: await this.#inspect(segment), diskFilled });
    } finally {
      const end = { ...this.#servedUntil(segment, at, cut), counters: verdict.counters, wrapped: verdict.wrapped, interruption };
      const gap = verdict.wrapped ? this.#overwrittenBy(segment) : undefined;
      await this.#replace({ ...segment, end }, gap ? [gap] : []).catch(() => undefined);
    }
    return verdict;
  }

  /** tcpdump's ring overwrites its own packets and not the older ones of earlier segments, so that something is missing between the two. */
  #overwrittenBy({ file, started }: SegmentRecord): CaptureGap | undefined {
    const hasEarlier = this.segments.some((other) => other.file !== file && (this.#inspections.get(other.file) ?? []).some(({ packets }) => packets > 0));
    const starts = (this.#inspections.get(file) ?? []).map(({ firstPacketTime }) => firstPacketTime).filter((time) => time !== undefined);
    if (!hasEarlier || starts.length === 0) return undefined;
    return { from: started.at, to: Math.max(started.at, Math.min(...starts)), reason: OVERWRITTEN };
  }

  /** Closes the segment that an earlier agent left open, by what its files hold. */
  async closeAbandonedSegment(): Promise<void> {
    for (const segment of this.segments) {
      await this.#inspect(segment);
      if (segment.end) continue;
      await this.closeSegment(segment, { counters: undefined, at: { at: this.#lastKnown(segment) }, interruption: INTERRUPTIONS.agentRestarted });
    }
  }

  /** The end of a segment, or the moment before from which on packets may be missing. */
  #servedUntil(segment: SegmentRecord, { at, uptime }: SegmentClosing['at'], cut: boolean): SegmentClosing['at'] {
    const lost = cut ? this.#mayBeLost(at, this.#lastKnown(segment)) : 0;
    return { at: at - lost, ...(uptime !== undefined && { uptime: uptime - lost }) };
  }

  #mayBeLost(at: number, lastPacket: number): number {
    // Packets are younger than the present only by a wall clock that was set back.
    return lastPacket > this.#clock.now() ? LONGEST_IN_KERNEL_MS : Math.max(0, at - lastPacket);
  }

  /** Until when the files of a segment hold everything for certain: its last packet, or its beginning. */
  #lastKnown({ file, started }: SegmentRecord): number {
    const files = this.#inspections.get(file) ?? [];
    return Math.max(started.at, ...files.map(({ lastPacketTime }) => lastPacketTime ?? 0));
  }

  /** What the capture holds, given the counters of the segment that is open, if one is. */
  async yield(present: PacketCounters = NO_PACKETS): Promise<CaptureYield> {
    return this.#yieldOf(await this.#lookAtFiles(), present);
  }

  /** The same with the files that were looked into last, for a disk that cannot be read any more. */
  get remembered(): CaptureYield {
    return this.#yieldOf([...this.#inspections.values()].flat().map(({ name, bytes }) => ({ name, bytes })), NO_PACKETS);
  }

  #yieldOf(files: readonly CaptureFile[], present: PacketCounters): CaptureYield {
    const isOpen = this.segments.at(-1)?.end === undefined;
    const starts = [...this.#inspections.values()].flat().map((file) => file.firstPacketTime).filter((time) => time !== undefined);
    return {
      packets: isOpen ? addCounters(this.pastCounters, present) : this.pastCounters,
      files,
      wrapped: this.segments.some(({ file, end }) => end?.wrapped ?? this.#seenToWrap.has(file)),
      ...(starts.length > 0 && { oldestPacketTime: Math.min(...starts) }),
      gaps: this.#manifest?.gaps ?? [],
    };
  }

  /** All files, the least recently written first. On the way it is seen whether the ring of the open segment has wrapped. */
  async #lookAtFiles(): Promise<readonly CaptureFile[]> {
    const bySegment = await Promise.all(this.segments.map(({ file }) => this.#directory.files(file)));
    const open = this.segments.at(-1);
    const ring = bySegment.at(-1)?.map(({ name }) => name) ?? [];
    // Once all files are there, the last of the ring is the one that is written, until it begins anew at the first.
    const isFull = open !== undefined && open.end === undefined && open.fileCount > 1 && ring.length === open.fileCount;
    if (isFull && ring.at(-1) !== ring.toSorted().at(-1)) this.#seenToWrap.add(open.file);
    return bySegment.flat().filter((file) => !isBlank(file));
  }

  async close(result: CaptureResult): Promise<void> {
    await this.#save({ state: { kind: 'closed', result, reported: false, at: instantOf(this.#clock) } });
  }

  async markReported(): Promise<void> {
    const state = this.#manifest?.state;
    if (state?.kind === 'closed' && (!state.reported || this.#unsaved)) await this.#save({ state: { ...state, reported: true } });
  }

  async retainFiles(retainFiles: boolean): Promise<void> {
    if (this.#manifest && (this.#manifest.retainFiles !== retainFiles || this.#unsaved)) await this.#save({ retainFiles });
  }

  async #openFirst(fields: Pick<SegmentRecord, 'started' | 'device'>): Promise<SegmentRecord> {
    const { request, target, source = 'caller', retainFiles = false } = this.#order;
    const ring = { maxFileSize: rotationSize(request.limits), fileCount: request.limits.fileCount };
    const { name, fileNames } = request;
    const ids = fileBasesFor({ node: this.#node, name, fileNames }, this.#seconds());
    for (;;) {
      const id = ids.next().value;
      const segment = { file: `${id}.pcap`, ...ring, ...fields };
      const manifest: CaptureManifest = {
        schemaVersion: MANIFEST_SCHEMA_VERSION,
        id,
        node: this.#node,
        source,
        request,
        target,
        retainFiles,
        segments: [segment],
        gaps: [],
        state: { kind: 'open' },
      };
      if (await this.#directory.createManifest(manifest)) {
        this.#manifest = manifest;
        return segment;
      }
    }
  }

  async #openNext(manifest: CaptureManifest, fields: Pick<SegmentRecord, 'started' | 'device'>): Promise<SegmentRecord> {
    const { drop, ...ring } = ringForNextSegment(this.#order.request.limits, manifest.segments.map(({ file }) => this.#inspections.get(file) ?? []));
    for (const file of drop) await this.#directory.removeFile(file);
    const dropped = new Set<string>();
    for (const [segment, files] of this.#inspections) {
      const left = files.filter((file) => !drop.includes(file.name));
      if (left.length < files.length) dropped.add(segment);
      this.#inspections.set(segment, left);
    }
    const segment = { file: await this.#freeSegmentFile(manifest.id), ...ring, ...fields };
    const earlier = manifest.segments.map((other) => (other.end && dropped.has(other.file) ? { ...other, end: { ...other.end, wrapped: true } } : other));
    await this.#save({ segments: [...earlier, segment] });
    return segment;
  }

  async #freeSegmentFile(id: string): Promise<string> {
    const { name, fileNames = [] } = this.#order.request;
    for (let seconds = this.#seconds(); ; seconds += 1) {
      const base = fileNames.includes(id) ? laterFileBase(id, seconds) : captureFileBase(this.#node, name, seconds);
      const file = `${base}.pcap`;
      const taken = this.segments.some((segment) => segment.file === file);
      if (!taken && (await this.#directory.files(file)).length === 0) return file;
    }
  }

  #seconds(): number {
    return Math.floor(this.#clock.now() / 1000);
  }

  async #inspect(segment: SegmentRecord): Promise<readonly FileInspection[]> {
    const files = await this.#directory.files(segment.file);
    // tcpdump pads the suffixes of a ring, so that their order is that of the names.
    const names = files.map(({ name }) => name).sort();
    const inspections: FileInspection[] = [];
    for (const name of names) inspections.push(await this.#directory.inspect(name));
    this.#inspections.set(segment.file, inspections.filter((file) => !isBlank(file)));
    for (const { name } of inspections.filter(isBlank)) await this.#directory.removeFile(name);
    return inspections;
  }

  async #replace(segment: SegmentRecord, moreGaps: readonly CaptureGap[] = []): Promise<void> {
    const segments = this.segments.map((other) => (other.file === segment.file ? segment : other));
    await this.#save({ segments, gaps: [...(this.#manifest?.gaps ?? []), ...moreGaps] });
  }

  async #save(changes: Partial<CaptureManifest>): Promise<void> {
    if (this.#manifest === undefined) return;
    // Known from now on, whatever the disk says, and to a change that comes before this one is on disk.
    const manifest = { ...this.#manifest, ...changes };
    this.#manifest = manifest;
    this.#unsaved = true;
    await this.#directory.saveManifest(manifest);
    if (this.#manifest === manifest) this.#unsaved = false;
  }
}

/** Not even a header: left by a tcpdump that was killed while it started, or by a full disk. No reader takes it. */
function isBlank({ bytes }: CaptureFile): boolean {
  return bytes === 0;
}
