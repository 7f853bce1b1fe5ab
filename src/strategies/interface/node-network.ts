import { isDenied, type Pid, type ProcFs } from './proc-fs.ts';

/** The node's own network namespace: that of its process 1. */
export class NodeNetwork {
  readonly #proc: ProcFs;

  constructor(proc: ProcFs) {
    this.#proc = proc;
  }

  /** A process that has it: `self` when the agent has it too (hostNetwork), or when process 1 does not let itself be asked. */
  get holder(): Pid {
    const own = this.#proc.networkNamespace('self');
    const first = this.#ofFirstProcess();
    return first === undefined || first === own ? 'self' : 1;
  }

  get inode(): bigint | undefined {
    return this.#ofFirstProcess() ?? this.#proc.networkNamespace('self');
  }

  #ofFirstProcess(): bigint | undefined {
    try {
      return this.#proc.networkNamespace(1);
    } catch (error) {
      if (isDenied(error)) return undefined;
      throw error;
    }
  }
}
