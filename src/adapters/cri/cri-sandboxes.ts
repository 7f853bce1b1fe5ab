import { type ClaimedPod, describeTarget } from '../../core/capture-target.ts';
import { errorMessage } from '../../core/errors/capture-error.ts';
import { PodNotKnownError, RuntimeNotReachedError } from '../../core/errors/target-errors.ts';
import type { SandboxRuntime } from '../../core/sandbox-runtime.ts';
import type { Runtime } from './sandbox-calls.ts';

/** How a runtime is asked. */
export interface CriSandboxesOptions {
  /** Path of the runtime's socket. Default: `/run/containerd/containerd.sock`; CRI-O has `/run/crio/crio.sock`. */
  readonly socket?: string;
  /** Milliseconds until a call is given up. Default: 10,000. */
  readonly timeout?: number;
}

/**
 * Sandboxes of Pods, asked of the container runtime by the Container Runtime Interface (`runtime.v1`), as `crictl pods` and
 * `crictl inspectp` do. Needs the runtime's socket in the agent's container: whoever may open it is as good as root on
 * the node. HTTP/2 is loaded with the first call.
 */
export class CriSandboxes implements SandboxRuntime {
  readonly #runtime: Runtime;

  constructor({ socket = '/run/containerd/containerd.sock', timeout = 10_000 }: CriSandboxesOptions = {}) {
    this.#runtime = { socket, timeout };
  }

  /**
   * The ids of a Pod's ready sandboxes, the newest first.
   * @throws PodNotKnownError when there is none, RuntimeNotReachedError
   */
  async of(pod: ClaimedPod, signal?: AbortSignal): Promise<readonly string[]> {
    const ids = await this.#ask(async () => (await import('./sandbox-calls.ts')).readySandboxes(this.#runtime, pod.cgroupUid, signal), signal);
    if (ids.length === 0) throw new PodNotKnownError(describeTarget(pod), 'the container runtime has no ready sandbox of it');
    return ids;
  }

  /**
   * `pid` of the `info` that containerd and CRI-O answer with when asked for it verbosely; `undefined` when the sandbox is
   * gone or not ready, or has no process.
   * @throws RuntimeNotReachedError
   */
  pid(sandbox: string, signal?: AbortSignal): Promise<number | undefined> {
    return this.#ask(async () => (await import('./sandbox-calls.ts')).sandboxPid(this.#runtime, sandbox, signal), signal);
  }

  async #ask<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await call();
    } catch (error) {
      signal?.throwIfAborted();
      throw new RuntimeNotReachedError(this.#runtime.socket, errorMessage(error), { cause: error });
    }
  }
}
