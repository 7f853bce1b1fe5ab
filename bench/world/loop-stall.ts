/** The longest time between two turns of this process's event loop, from its making to its end. */
export class LoopStall {
  #longest = 0;
  #longestCpu = 0;
  #last = performance.now();
  #lastCpu = cpuTime();
  #next: NodeJS.Immediate | undefined;

  /** What the machine alone makes of it: the same for so many milliseconds in which there is nothing to do. */
  static async ofIdleness(milliseconds: number): Promise<LoopStall> {
    const stall = new LoopStall();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    stall.end();
    return stall;
  }

  constructor() {
    this.#turn();
  }

  /** Milliseconds. */
  get longest(): number {
    return this.#longest;
  }

  /** The most CPU time of this thread between two turns, in milliseconds: what is left where no one else has the core. */
  get longestCpu(): number {
    return this.#longestCpu;
  }

  end(): void {
    clearImmediate(this.#next);
    this.#look();
  }

  #turn(): void {
    this.#next = setImmediate(() => {
      this.#look();
      this.#turn();
    });
  }

  #look(): void {
    const now = performance.now();
    const cpu = cpuTime();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#longestCpu = Math.max(this.#longestCpu, cpu - this.#lastCpu);
    this.#last = now;
    this.#lastCpu = cpu;
  }
}

function cpuTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
