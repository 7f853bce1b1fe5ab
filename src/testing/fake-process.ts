import type { Clock } from '../core/clock.ts';
import type { EngineParts } from '../core/engine/engine-parts.ts';
import type { Logger } from '../core/logger.ts';
import type { TcpdumpRun, TcpdumpRunner } from '../core/tcpdump-runner.ts';

/** The process that engines live in. Once it has died, nothing of what they ask for is done, and they hear of nothing any more. */
export class FakeProcess {
  readonly #life = new AbortController();
  /** Resolves when it dies. */
  readonly died: Promise<void> = new Promise((resolve) => this.#life.signal.addEventListener('abort', () => resolve(), { once: true }));

  get isDead(): boolean {
    return this.#life.signal.aborted;
  }

  die(): void {
    this.#life.abort();
  }

  /** The parts as this process has them. */
  partsOf({ directory, guard, resolver, runner, clock, logger, ...others }: EngineParts): EngineParts {
    return { ...others, directory: this.#asking(directory), guard: this.#asking(guard), resolver: this.#asking(resolver), runner: this.#runner(runner), clock: this.#clock(clock), logger: this.#logger(logger) };
  }

  /** Settles as `work` does, unless the process has died by then. */
  async #unlessDead<T>(work: () => Promise<T>): Promise<T> {
    if (this.isDead) await never();
    try {
      return await work();
    } finally {
      if (this.isDead) await never();
    }
  }

  /** A part all of whose methods are asynchronous. */
  #asking<T extends object>(part: T): T {
    return new Proxy(part, {
      get: (_part, name) => {
        const member: unknown = Reflect.get(part, name, part);
        if (typeof member !== 'function') return member;
        return (...given: unknown[]) => this.#unlessDead(() => Reflect.apply(member, part, given) as Promise<unknown>);
      },
    });
  }

  #runner(runner: TcpdumpRunner): TcpdumpRunner {
    const asked = this.#asking(runner);
    return {
      compileFilter: (filter, linkType, signal) => asked.compileFilter(filter, linkType, signal),
      findProcesses: (captureUid) => asked.findProcesses(captureUid),
      endProcess: (process) => asked.endProcess(process),
      start: async (spec, signal) => this.#run(await asked.start(spec, signal)),
    };
  }

  #run(run: TcpdumpRun): TcpdumpRun {
    return {
      process: run.process,
      ended: this.#unlessDead(() => run.ended),
      counters: () => this.#unlessDead(() => run.counters()),
      stop: () => this.#unlessDead(() => run.stop()),
      [Symbol.asyncDispose]: () => this.#unlessDead(async () => run[Symbol.asyncDispose]()),
    };
  }

  #clock(clock: Clock): Clock {
    return {
      get bootId() {
        return clock.bootId;
      },
      now: () => clock.now(),
      uptime: () => clock.uptime(),
      // Ended with the process: nobody is left who waits for time to pass.
      sleep: (ms, signal, options) => this.#unlessDead(() => clock.sleep(ms, AbortSignal.any([this.#life.signal, ...(signal ? [signal] : [])]), options)),
    };
  }

  #logger(logger: Logger): Logger {
    return new Proxy(logger, {
      get: (_logger, name) => {
        const member: unknown = Reflect.get(logger, name, logger);
        if (typeof member !== 'function') return member;
        return (...given: unknown[]) => (this.isDead ? undefined : Reflect.apply(member, logger, given) as unknown);
      },
    });
  }
}

function never(): Promise<void> {
  return new Promise(() => undefined);
}
