import type { SandboxIds } from './sandbox-ids.ts';

/** A container runtime, as far as resolvers ask it: `CriSandboxes` is one. */
export interface SandboxRuntime extends SandboxIds {
  /**
   * The process of a sandbox that is ready, by its number in the node's first PID namespace; `undefined` when the sandbox
   * is gone or not ready, or has no process.
   * @throws RuntimeNotReachedError
   */
  pid(sandbox: string, signal?: AbortSignal): Promise<number | undefined>;
}
