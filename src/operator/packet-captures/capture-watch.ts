import { type KubernetesClient, type ReflectedChange, Reflector, type ReflectorTimes } from '../../adapters/kubernetes/index.ts';
import { packetCapturesPath } from '../../adapters/kubernetes/packet-capture-record.ts';
import type { Clock } from '../../core/clock.ts';
import { errorMessage } from '../../core/errors/index.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { watchedCapture, type WatchedCapture } from './watched-capture.ts';

/** What a {@link CaptureWatch} is made of. */
export interface CaptureWatchOptions extends ReflectorTimes {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Told what goes wrong and is tried again. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** Of the PacketCaptures. */
  readonly namespace: string;
}

/** A capture that came, changed or went. */
export type CaptureChange = ReflectedChange<WatchedCapture>;

/** All PacketCaptures of a namespace by one watch, for whoever in the operator needs them. */
export class CaptureWatch {
  readonly #reflector: Reflector<WatchedCapture>;
  readonly #listeners: ((change: CaptureChange) => void)[] = [];

  constructor({ namespace, ...options }: CaptureWatchOptions) {
    const logger = options.logger ?? silentLogger;
    this.#reflector = new Reflector({
      ...options,
      path: packetCapturesPath(namespace),
      project: watchedCapture,
      changed: (change) => {
        for (const listener of this.#listeners) {
          try {
            listener(change);
          } catch (error) {
            logger.error({ uid: change.uid, error: errorMessage(error) }, 'a listener failed');
          }
        }
      },
    });
  }

  /** Before it is started, so that nothing is missed. */
  onChange(listener: (change: CaptureChange) => void): void {
    this.#listeners.push(listener);
  }

  /** What is known of the capture of that uid. */
  get(uid: string): WatchedCapture | undefined {
    return this.#reflector.get(uid);
  }

  /** The uids of all captures that are known. */
  uids(): Iterable<string> {
    return this.#reflector.uids();
  }

  /** Resolves once all are known, and goes on until the signal is aborted; rejects if that comes first. */
  start(signal: AbortSignal): Promise<void> {
    return this.#reflector.start(signal);
  }
}
