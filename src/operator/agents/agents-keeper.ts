import type { CaptureError } from '../../core/errors/index.ts';
import { atWork } from '../at-work.ts';
import type { Controller } from '../controller.ts';
import { keptObject, type KeptObject } from '../kept-object.ts';
import { type KeeperParts, ObjectKeeper } from '../object-keeper.ts';
import { AGENT_DAEMON_SET, type AgentDaemonSet, agentDaemonSet } from './agent-daemon-set.ts';
import type { AgentPlace } from './agent-pod.ts';
import type { AgentsConfig } from './agents-config.ts';
import { explainAgentsFailure } from './agents-errors.ts';

/** What an {@link AgentsKeeper} is made of. */
export interface AgentsKeeperOptions extends KeeperParts, AgentPlace {
  /** Started and disposed here. */
  readonly config: Pick<AgentsConfig, 'name' | 'obstacle' | 'onChange' | 'settings'> & Controller;
}

/** Runs the agents: keeps the one DaemonSet as the settings in the ConfigMap say. */
export class AgentsKeeper implements AsyncDisposable {
  readonly #config: AgentsKeeperOptions['config'];
  readonly #keeper: ObjectKeeper<KeptObject>;
  #desired: AgentDaemonSet | undefined;
  #applied: () => void = () => undefined;

  constructor(options: AgentsKeeperOptions) {
    const { namespace, config } = options;
    this.#config = config;
    this.#keeper = new ObjectKeeper({
      ...options,
      kind: 'DaemonSet',
      collection: `/apis/apps/v1/namespaces/${namespace}/daemonsets`,
      name: AGENT_DAEMON_SET,
      project: keptObject,
      desired: () => this.#desired,
      explain: (error) => explainAgentsFailure(error, namespace, config.name),
      looked: () => {
        if (this.isApplied) this.#applied();
      },
    });
    config.onChange(() => {
      this.#desired = config.settings && agentDaemonSet(config.settings, options);
      this.#keeper.look();
    });
  }

  /** The DaemonSet is there, as this process has applied it. */
  get isApplied(): boolean {
    return this.#keeper.isApplied;
  }

  /** What stands in the way at present: wrong settings, missing rights, a DaemonSet that is not ours. */
  get obstacles(): readonly CaptureError[] {
    return [this.#config.obstacle, this.#keeper.obstacle].flatMap((obstacle) => obstacle ?? []);
  }

  /** Resolves once the DaemonSet is applied, and goes on until the signal is aborted; rejects if that comes first. */
  start(signal: AbortSignal): Promise<void> {
    return atWork(signal, (isAtWork) => {
      this.#applied = isAtWork;
      this.#config.start(signal).catch(() => undefined);
      this.#keeper.start(signal);
    });
  }

  /** Resolves when what was under way has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#config[Symbol.asyncDispose](), this.#keeper[Symbol.asyncDispose]()]);
  }
}
