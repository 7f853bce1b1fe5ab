import { once } from 'node:events';
import { checkCaptureFilter } from '../core/capture-filter.ts';
import type { Clock } from '../core/clock.ts';
import { errorMessage } from '../core/errors/capture-error.ts';
import { FilterInvalidError } from '../core/errors/filter-errors.ts';
import { CaptureFileError } from '../core/errors/tcpdump-errors.ts';
import type { LinkType } from '../core/interface-resolver.ts';
import type { ProcessIdentity, RunSpec, TcpdumpRunner } from '../core/tcpdump-runner.ts';
import type { FakeDisk } from './fake-disk.ts';
import { FakeTcpdumpRun } from './fake-tcpdump-run.ts';

/** Runs no tcpdump: a test decides what comes in and how it ends. Filters are not applied. */
export class FakeTcpdumpRunner implements TcpdumpRunner {
  /** Every run that was started, the latest last. */
  readonly runs: FakeTcpdumpRun[] = [];
  readonly #clock: Clock;
  readonly #disk: FakeDisk | undefined;
  readonly #invalidFilters = new Map<string, string>();
  readonly #leftBehind = new Map<ProcessIdentity, string>();
  readonly #failures: Error[] = [];
  #hangs = 0;
  #processes = 0;

  /** @param disk where the files are written, as of a {@link FakeCaptureDirectory}. Absent: they are real. */
  constructor(clock: Clock, disk?: FakeDisk) {
    this.#clock = clock;
    this.#disk = disk;
  }

  /** This filter does not compile. */
  refuseFilter(filter: string, reason = "can't parse filter expression: syntax error"): void {
    this.#invalidFilters.set(filter, reason);
  }

  /** The next start rejects with this. */
  failNextStart(error: Error): void {
    this.#failures.push(error);
  }

  /** The next start does not come to its end until it is aborted. */
  hangNextStart(): void {
    this.#hangs += 1;
  }

  /** A tcpdump of an earlier agent is still running for this capture. */
  leaveProcess(captureUid: string): ProcessIdentity {
    const process = this.#newProcess();
    this.#leftBehind.set(process, captureUid);
    return process;
  }

  /** Checks words and length as the real one does. @throws FilterTooLongError, FilterHostNameError; FilterInvalidError of one in {@link FakeTcpdumpRunner.refuseFilter}; the signal's reason */
  compileFilter(filter: string, linkType: LinkType, signal?: AbortSignal): Promise<void> {
    return this.#rejecting(() => {
      signal?.throwIfAborted();
      checkCaptureFilter(filter);
      const reason = this.#invalidFilters.get(filter);
      if (reason !== undefined) throw new FilterInvalidError(filter, linkType, reason);
    });
  }

  /** Captures at once. @throws what {@link FakeTcpdumpRunner.failNextStart} has, CaptureFileError when the file is there already, the signal's reason */
  async start(spec: RunSpec, signal?: AbortSignal): Promise<FakeTcpdumpRun> {
    signal?.throwIfAborted();
    const failure = this.#failures.shift();
    if (failure) throw failure;
    if (this.#hangs > 0) {
      this.#hangs -= 1;
      await once(signal ?? new EventTarget(), 'abort');
      signal?.throwIfAborted();
    }
    const run = this.#newRun(spec);
    this.runs.push(run);
    return run;
  }

  /** Runs of the capture that are alive, and what {@link FakeTcpdumpRunner.leaveProcess} has left. */
  findProcesses(captureUid: string): Promise<readonly ProcessIdentity[]> {
    const own = this.runs.filter(({ alive, spec }) => alive && spec.captureUid === captureUid).map(({ process }) => process);
    const others = [...this.#leftBehind].filter(([, uid]) => uid === captureUid).map(([process]) => process);
    return Promise.resolve([...own, ...others]);
  }

  /** Ends it at once, as SIGTERM does. One that is not known has ended. */
  endProcess({ pid, startTime, bootId }: ProcessIdentity): Promise<void> {
    const same = (other: ProcessIdentity) => other.pid === pid && other.startTime === startTime && other.bootId === bootId;
    this.runs.find(({ process }) => same(process))?.terminate();
    for (const process of [...this.#leftBehind.keys()].filter(same)) this.#leftBehind.delete(process);
    return Promise.resolve();
  }

  #newRun(spec: RunSpec): FakeTcpdumpRun {
    try {
      return new FakeTcpdumpRun(spec, this.#newProcess(), this.#clock, this.#disk);
    } catch (error) {
      throw new CaptureFileError(errorMessage(error));
    }
  }

  #newProcess(): ProcessIdentity {
    this.#processes += 1;
    // Above PID_MAX_LIMIT (2^22), so that it can be no process of this machine.
    return { pid: 2 ** 22 + this.#processes, startTime: String(Math.floor(this.#clock.uptime() / 10)), bootId: this.#clock.bootId };
  }

  async #rejecting(work: () => void): Promise<void> {
    await Promise.resolve();
    work();
  }
}
