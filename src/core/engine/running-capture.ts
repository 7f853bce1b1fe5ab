import type { CaptureResult, CaptureYield } from '../capture-result.ts';
import type { Beginning, Capture } from './capture.ts';

/** A capture whose tcpdump is capturing. Disposing it stops it. */
export class RunningCapture implements AsyncDisposable {
  readonly #capture: Capture;
  /** The device. */
  readonly interface: string;
  /** Milliseconds since the Unix epoch. */
  readonly startTime: number;

  /** @internal Made by `CaptureEngine.start`. */
  constructor(capture: Capture, beginning: Beginning) {
    this.#capture = capture;
    this.interface = beginning.interface;
    this.startTime = beginning.startTime;
  }

  /** Of the request. */
  get uid(): string {
    return this.#capture.request.uid;
  }

  /** Resolves when the capture has ended, in whatever way; a failure is a result too. Rejects only with `CaptureSuspendedError`. */
  get result(): Promise<CaptureResult> {
    return this.#capture.result;
  }

  /** What it holds at present, with fresh counters of tcpdump. */
  yield(): Promise<CaptureYield> {
    return this.#capture.yield();
  }

  /** Ends it so that no packet sent before this call is lost; takes a little more than a second. */
  stop(): Promise<CaptureResult> {
    return this.#capture.stop();
  }

  /** Stops it, and waits for its end. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#capture[Symbol.asyncDispose]();
  }
}
