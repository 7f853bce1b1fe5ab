import { addCounters, NO_PACKETS, type PacketCounters } from '../core/capture-result.ts';
import type { Clock } from '../core/clock.ts';
import type { ProcessIdentity, RunEnd, RunEndCause, RunSpec, TcpdumpRun } from '../core/tcpdump-runner.ts';
import type { FakeDisk } from './fake-disk.ts';
import { PcapRing } from './pcap-ring.ts';
import { ringFilesOnDisk } from './ring-files-on-disk.ts';

/** A run whose packets and end a test decides. Its files lie on the {@link FakeDisk} that it is given, or are real. */
export class FakeTcpdumpRun implements TcpdumpRun {
  /** What it was started with. */
  readonly spec: RunSpec;
  /** Made up: its pid is above any that Linux gives. */
  readonly process: ProcessIdentity;
  /** Resolves when a test ends it, or when it is stopped; never rejects. */
  readonly ended: Promise<RunEnd>;
  readonly #clock: Clock;
  readonly #ring: PcapRing;
  readonly #end = Promise.withResolvers<RunEnd>();
  #counters: PacketCounters = NO_PACKETS;
  #alive = true;
  #diskFull = false;
  #hangs = false;

  constructor(spec: RunSpec, process: ProcessIdentity, clock: Clock, disk?: FakeDisk) {
    this.spec = spec;
    this.process = process;
    this.ended = this.#end.promise;
    this.#clock = clock;
    this.#ring = new PcapRing({ ...spec, linkType: spec.interface.linkType }, disk && ringFilesOnDisk(disk, () => clock.now()));
  }

  /** Whether it runs. */
  get alive(): boolean {
    return this.#alive;
  }

  /** By what it has received so far, also after its end. */
  counters(): Promise<PacketCounters> {
    return Promise.resolve(this.#counters);
  }

  /** Ends at once. After {@link FakeTcpdumpRun.hang} without last words. */
  stop(): Promise<RunEnd> {
    this.#finish('stopped', this.#hangs ? 'unsaid' : 'said');
    return this.ended;
  }

  /** As {@link FakeTcpdumpRun.stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Packets that the filter lets through come in now, each of that many bytes. Ends the run when it reaches `maxPackets`. */
  receive(count: number, bytes = 100): void {
    const { maxPackets = Infinity } = this.spec;
    for (let left = count; left > 0 && this.#alive; left -= 1) {
      if (!this.#diskFull) this.#ring.write(bytes, this.#clock.now());
      this.#counters = addCounters(this.#counters, { captured: 1, received: 1, dropped: 0 });
      if (this.#counters.captured >= maxPackets) this.#finish('packet-limit', 'said');
    }
  }

  /** Packets come in that the kernel drops. */
  drop(count: number): void {
    if (this.#alive) this.#counters = addCounters(this.#counters, { captured: 0, received: count, dropped: count });
  }

  /** From now on nothing reaches the files, and tcpdump goes on counting, as on a full disk. */
  fillDisk(): void {
    this.#diskFull = true;
  }

  /** From now on it does not answer: to end it takes SIGKILL, and it says nothing more. */
  hang(): void {
    this.#hangs = true;
  }

  /** The interface goes away: tcpdump ends by itself. */
  removeInterface(): void {
    this.#finish('interface-gone', 'said', 'tcpdump: pcap_loop: The interface disappeared');
  }

  /** The backstop ends it. */
  passTimeLimit(): void {
    this.#finish('time-limit', 'said');
  }

  /** Somebody ends it by SIGTERM. */
  terminate(): void {
    this.#finish('killed', 'said');
  }

  /** Somebody ends it by SIGKILL: it says nothing more. */
  kill(): void {
    this.#finish('killed', 'unsaid');
  }

  /** It gives up by itself. */
  fail(stderr = 'tcpdump: pcap_loop: I/O error'): void {
    this.#finish('failed', 'said', stderr);
  }

  #finish(cause: RunEndCause, lastWords: 'said' | 'unsaid', stderr = ''): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#ring.close();
    this.#end.resolve({ cause, counters: lastWords === 'said' ? this.#counters : undefined, stderr });
  }
}
