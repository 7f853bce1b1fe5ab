import { CaptureEngine } from '../core/engine/capture-engine.ts';
import type { EngineParts, EngineSettings } from '../core/engine/engine-parts.ts';
import type { FakeProcess } from './fake-process.ts';

/** An engine whose process may die: then there is nothing left to wait for. */
export class FakeNodeEngine extends CaptureEngine {
  readonly #process: FakeProcess;
  readonly #leave: () => void;

  /** @param leave called once it has ended, in whatever way */
  constructor(parts: EngineParts, settings: EngineSettings, process: FakeProcess, leave: () => void) {
    super(process.partsOf(parts), settings);
    this.#process = process;
    this.#leave = leave;
  }

  /** Its process is over with that, as far as the node can tell. */
  override suspend(): Promise<void> {
    return this.#end(() => super.suspend());
  }

  override [Symbol.asyncDispose](): Promise<void> {
    return this.#end(() => super[Symbol.asyncDispose]());
  }

  async #end(end: () => Promise<void>): Promise<void> {
    if (this.#process.isDead) return;
    await Promise.race([end(), this.#process.died]);
    this.#leave();
  }
}
