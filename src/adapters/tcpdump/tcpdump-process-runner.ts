import { readFileSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { errorMessage } from '../../core/errors/capture-error.ts';
import { CaptureFileError, KernelFilterError, TcpdumpStartTimeoutError } from '../../core/errors/tcpdump-errors.ts';
import type { LinkType } from '../../core/interface-resolver.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import type { ProcessIdentity, RunSpec, TcpdumpRun, TcpdumpRunner } from '../../core/tcpdump-runner.ts';
import { type Chain, startChain } from './chain.ts';
import { taggedEnvironment } from './chain-environment.ts';
import { endCleanly, goneWithin, KILL_AFTER_MS } from './clean-end.ts';
import { FilterCompiler } from './filter-compiler.ts';
import { identifyProcess } from './process-identity.ts';
import { firstRingFile } from './ring-file-name.ts';
import { oneLine, startFailure } from './start-failure.ts';
import { findTaggedProcesses } from './tagged-processes.ts';
import { backstopSeconds, tcpdumpCommand } from './tcpdump-command.ts';
import { TcpdumpProcessRun } from './tcpdump-process-run.ts';
import { TcpdumpStderr } from './tcpdump-stderr.ts';

/** "listening on" takes some 20 ms. */
const START_LIMIT_SECONDS = 5;
const LOOK_EVERY_MS = 500;

export interface TcpdumpProcessRunnerParts {
  readonly clock: Clock;
  /** Is told what every tcpdump said, at level info. Default: none. */
  readonly logger?: Logger;
}

export interface TcpdumpProcessRunnerOptions {
  /**
   * `-B`: KiB of kernel memory in which a run's packets wait until tcpdump reads them; it counts as the agent's memory.
   * tcpdump's own default of 2048 holds 1,368 packets of 1400 bytes, 16384 holds 10,944. Default: 4096.
   */
  readonly bufferKibibytes?: number;
}

/**
 * Runs tcpdump as a process, in the network namespace that it is given. Needs tcpdump, nsenter, setpriv and timeout
 * ({@link checkPrograms}), and to be called from the main thread, with whose end tcpdump ends.
 */
export class TcpdumpProcessRunner implements TcpdumpRunner {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #bufferKibibytes: number;
  readonly #compiler = new FilterCompiler();

  constructor({ clock, logger = silentLogger }: TcpdumpProcessRunnerParts, { bufferKibibytes = 4096 }: TcpdumpProcessRunnerOptions = {}) {
    this.#clock = clock;
    this.#logger = logger;
    this.#bufferKibibytes = bufferKibibytes;
  }

  compileFilter(filter: string, linkType: LinkType, signal?: AbortSignal): Promise<void> {
    return this.#compiler.compile(filter, linkType, signal);
  }

  /**
   * Creates the first file, which must not exist, and starts tcpdump. When that fails nothing is left of either.
   * @throws the signal's reason when it is aborted
   * @throws ProgramMissingError, ProcessNotStartedError, NamespaceNotEnteredError, InterfaceDisappearedError,
   * InterfaceDownError, CapturePermissionError, CaptureFileError, PacketBufferError, TcpdumpOptionError,
   * KernelFilterError, TcpdumpStartTimeoutError, TcpdumpFailedError, RequestInvalidError (a uid that is none), and the
   * errors of {@link TcpdumpRunner.compileFilter}
   */
  async start(spec: RunSpec, signal?: AbortSignal): Promise<TcpdumpRun> {
    signal?.throwIfAborted();
    const environment = taggedEnvironment(spec.captureUid);
    const file = firstRingFile(spec.path, spec.fileCount);
    await createNew(file);
    try {
      return await this.#startInto(spec, environment, signal);
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
  }

  findProcesses(captureUid: string): Promise<readonly ProcessIdentity[]> {
    return findTaggedProcesses(captureUid, this.#clock.bootId);
  }

  endProcess(process: ProcessIdentity): Promise<void> {
    return endCleanly(process, this.#clock);
  }

  async #startInto(spec: RunSpec, environment: Record<string, string>, signal: AbortSignal | undefined): Promise<TcpdumpRun> {
    const command = tcpdumpCommand(spec, { bufferKibibytes: this.#bufferKibibytes, asRoot: process.getuid?.() === 0 });
    const chain = await startChain(command, environment, spec.interface.networkNamespace, signal);
    const stderr = new TcpdumpStderr(chain.stderr);
    const { bootId } = this.#clock;
    const head = chain.pid === undefined ? undefined : identifyProcess(chain.pid, bootId);
    const limit = backstopSeconds(spec);
    const backstopAt = limit === undefined ? undefined : this.#clock.uptime() + limit * 1000;
    try {
      const linkType = await this.#untilListening(chain, stderr, signal);
      const tcpdump = head && limit !== undefined ? onlyChild(head, bootId) : head;
      if (linkType === undefined || !head) {
        throw startFailure({ spec, program: command.program, exit: await chain.ended, stderr: stderr.tail });
      }
      if (stderr.kernelFilterFailed !== undefined) throw new KernelFilterError(oneLine(stderr.kernelFilterFailed));
      if (spec.filter !== undefined && linkType !== spec.interface.linkType) {
        await this.#compiler.compile(spec.filter, linkType, signal);
      }
      const run = new TcpdumpProcessRun({ chain, stderr, head, tcpdump, maxPackets: spec.maxPackets, backstopAt }, this.#clock);
      void run.ended.then((end) => this.#logger.info({ capture: spec.captureUid, ...end }, 'tcpdump ended'));
      return run;
    } catch (error) {
      chain.kill();
      await chain.ended;
      for (const process of await this.findProcesses(spec.captureUid)) await goneWithin(KILL_AFTER_MS, process, this.#clock);
      throw error;
    }
  }

  /** Resolves with the link type, or with `undefined` when the chain ended before. */
  async #untilListening(chain: Chain, stderr: TcpdumpStderr, signal: AbortSignal | undefined): Promise<string | undefined> {
    const done = new AbortController();
    const patience = signal ? AbortSignal.any([done.signal, signal]) : done.signal;
    try {
      return await Promise.race([
        stderr.listening,
        // By then all its words are read, and if "listening" was one of them, that has won.
        chain.ended.then(() => undefined),
        this.#startLimit(patience).then(() => {
          throw new TcpdumpStartTimeoutError(START_LIMIT_SECONDS, oneLine(stderr.tail));
        }),
      ]);
    } finally {
      done.abort();
    }
  }

  /** In small steps: of a time in which this process stood still, and read nothing, no more than one counts. */
  async #startLimit(signal: AbortSignal): Promise<void> {
    for (let left = START_LIMIT_SECONDS * 1000; left > 0; left -= LOOK_EVERY_MS) await this.#clock.sleep(LOOK_EVERY_MS, signal);
  }
}

/** Exclusively, since tcpdump would write over a file, and through a link. */
async function createNew(path: string): Promise<void> {
  if (!isAbsolute(path)) throw new CaptureFileError(`${path} is not an absolute path`);
  try {
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    throw new CaptureFileError(errorMessage(error));
  }
}

/** The tcpdump that `timeout` has started. Once it listens, nothing else can be its child. */
function onlyChild(timeout: ProcessIdentity, bootId: string): ProcessIdentity | undefined {
  try {
    const pid = Number.parseInt(readFileSync(`/proc/${timeout.pid}/task/${timeout.pid}/children`, 'latin1'), 10);
    return Number.isNaN(pid) ? undefined : identifyProcess(pid, bootId);
  } catch {
    return undefined;
  }
}
