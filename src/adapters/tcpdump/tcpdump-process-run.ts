import type { PacketCounters } from '../../core/capture-result.ts';
import type { Clock } from '../../core/clock.ts';
import type { ProcessIdentity, RunEnd, TcpdumpRun } from '../../core/tcpdump-runner.ts';
import type { Chain, ChainExit } from './chain.ts';
import { goneWithin, KILL_AFTER_MS, LAST_BLOCK_MS } from './clean-end.ts';
import { signalProcess } from './process-identity.ts';
import { runEndCause } from './run-end-cause.ts';
import type { TcpdumpStderr } from './tcpdump-stderr.ts';

/** How long tcpdump may take to answer to SIGUSR1. */
const ANSWER_MS = 1000;

/** A tcpdump that lags behind the kernel gets this much more time to catch up before it is ended… */
const CATCH_UP_MS = 5000;
/** …as long as it gets on within this time. On `lo` and `any` it never does: there, the kernel counts packets twice. */
const CATCH_UP_STEP_MS = 200;

export interface CapturingChain {
  readonly chain: Chain;
  readonly stderr: TcpdumpStderr;
  /** The first of the chain. */
  readonly head: ProcessIdentity;
  /** `undefined` when it has ended already. */
  readonly tcpdump: ProcessIdentity | undefined;
  readonly maxPackets: number | undefined;
  /** {@link Clock.uptime} at which the backstop ends it. */
  readonly backstopAt: number | undefined;
}

/** A tcpdump that captures, in a process of its own. */
export class TcpdumpProcessRun implements TcpdumpRun {
  readonly process: ProcessIdentity;
  readonly ended: Promise<RunEnd>;
  readonly #running: CapturingChain;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  #asking: Promise<PacketCounters | undefined> | undefined;
  #stopping: Promise<void> | undefined;
  #terminated = false;

  constructor(running: CapturingChain, clock: Clock) {
    this.process = running.tcpdump ?? running.head;
    this.#running = running;
    this.#clock = clock;
    this.ended = running.chain.ended.then((exit) => this.#end(exit));
  }

  async counters(): Promise<PacketCounters> {
    return (await this.#ask()) ?? this.#running.stderr.counters;
  }

  stop(): Promise<RunEnd> {
    this.#stopping ??= this.#stopCleanly();
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stopCleanly(): Promise<void> {
    const [atStop] = await Promise.all([this.#askAnew(), this.#within(LAST_BLOCK_MS)]);
    await this.#untilCaughtUp(atStop);
    this.#terminated = this.#signal('SIGTERM');
    await this.#within(KILL_AFTER_MS);
    if (!this.#over.signal.aborted) this.#running.chain.kill();
  }

  /**
   * SIGTERM makes tcpdump leave behind whatever it has not read yet: waits until it has read all that the kernel had
   * counted at the stop, or at the first answer after it.
   */
  async #untilCaughtUp(atStop: PacketCounters | undefined): Promise<void> {
    let before = atStop;
    let goal = atStop?.received;
    const until = this.#clock.uptime() + CATCH_UP_MS;
    while (!this.#over.signal.aborted && this.#clock.uptime() < until) {
      const now = await this.#askAnew();
      goal ??= now?.received;
      if (now && goal !== undefined && now.captured + now.dropped >= goal) return;
      if (now && now.captured === before?.captured) return;
      before = now;
      await this.#within(CATCH_UP_STEP_MS);
    }
  }

  /** Counters of a time after this call. */
  async #askAnew(): Promise<PacketCounters | undefined> {
    await this.#asking;
    return this.#ask();
  }

  /** `undefined` when tcpdump does not answer. Whoever asks meanwhile gets the same answer. */
  #ask(): Promise<PacketCounters | undefined> {
    this.#asking ??= this.#signalAndListen().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #signalAndListen(): Promise<PacketCounters | undefined> {
    const { stderr } = this.#running;
    // Its answer would stand in the midst of its last words.
    if (this.#terminated || !this.#signal('SIGUSR1')) return undefined;
    return this.#within(ANSWER_MS, stderr.answer.then(() => stderr.counters));
  }

  /** To tcpdump alone: `timeout` would die of SIGUSR1. */
  #signal(signal: NodeJS.Signals): boolean {
    const { tcpdump } = this.#running;
    if (!tcpdump || this.#over.signal.aborted) return false;
    try {
      return signalProcess(tcpdump, signal, this.#clock.bootId);
    } catch {
      return false;
    }
  }

  /** Waits for `event`, but no longer than `ms`, nor than the chain runs; then it resolves with `undefined`. */
  #within<T>(ms: number, event?: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve) => {
      const over = this.#over.signal;
      const enough = new AbortController();
      const done = (value?: T) => {
        over.removeEventListener('abort', giveUp);
        enough.abort();
        resolve(value);
      };
      const giveUp = () => done();
      if (over.aborted) {
        done();
        return;
      }
      over.addEventListener('abort', giveUp);
      void event?.then(done);
      this.#clock.sleep(ms, enough.signal).then(giveUp, giveUp);
    });
  }

  async #end(exit: ChainExit): Promise<RunEnd> {
    const { stderr, maxPackets, backstopAt, tcpdump } = this.#running;
    this.#over.abort();
    // Where `timeout` was killed, tcpdump's stderr is closed a moment before it is gone.
    if (tcpdump) await goneWithin(KILL_AFTER_MS, tcpdump, this.#clock);
    const counters = stderr.finalCounters;
    const cause = runEndCause({
      exit,
      terminated: this.#terminated,
      interfaceDisappeared: stderr.interfaceDisappeared,
      counters,
      maxPackets,
      backstopPassed: backstopAt !== undefined && this.#clock.uptime() >= backstopAt,
    });
    return { cause, counters, stderr: stderr.tail };
  }
}
