import type { EventPost, KubernetesObject } from '../../adapters/kubernetes/index.ts';
import type { Clock } from '../../core/clock.ts';
import { CaptureError, SettingInvalidError } from '../../core/errors/index.ts';
import { KeyedQueue } from '../../core/keyed-queue.ts';
import { listed } from '../../core/listed.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { atWork } from '../at-work.ts';
import { keptObject, type KeptObject } from '../kept-object.ts';
import { NamedObject } from '../named-object.ts';
import { DEFAULT_PATIENCE, type KeeperParts, ObjectKeeper } from '../object-keeper.ts';
import { AGENT_DAEMON_SET, agentDaemonSet } from './agent-daemon-set.ts';
import type { AgentPlace } from './agent-pod.ts';
import { explainAgentsFailure } from './agents-errors.ts';
import { readAgentsSettings } from './agents-settings.ts';

export interface AgentsKeeperOptions extends KeeperParts, AgentPlace {
  /** Name of the ConfigMap with the settings. It need not be there. */
  readonly configMap: string;
  /** Of the agents, where the ConfigMap names none. */
  readonly image: string;
  /** Who tells that settings are wrong, as Events about the ConfigMap. */
  readonly events: EventPost;
}

interface Config {
  readonly uid: string;
  readonly data: Readonly<Record<string, string>>;
  /** Keys of what is not text in UTF-8. */
  readonly binary: readonly string[];
}

const KEY = 'settings';

/**
 * Runs the agents: keeps the one DaemonSet as the settings in the ConfigMap say. Settings that are wrong are told and
 * change nothing.
 */
export class AgentsKeeper implements AsyncDisposable {
  readonly #options: AgentsKeeperOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #config: NamedObject<Config>;
  readonly #queue: KeyedQueue;
  readonly #keeper: ObjectKeeper<KeptObject>;
  readonly #life = new AbortController();
  /** By the last good settings. */
  #desired: ReturnType<typeof agentDaemonSet> | undefined;
  /** `Clock.uptime` before which the defaults do not take the place of a ConfigMap that was deleted. */
  #notBefore = -Infinity;
  #obstacle: CaptureError | undefined;
  #applied: () => void = () => undefined;

  constructor(options: AgentsKeeperOptions) {
    const { client, clock, logger = silentLogger, namespace, configMap, patience = DEFAULT_PATIENCE } = options;
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#queue = new KeyedQueue(() => this.#readConfig(), { clock, logger });
    this.#config = new NamedObject({
      client,
      clock,
      logger,
      collection: `/api/v1/namespaces/${namespace}/configmaps`,
      name: configMap,
      project: configOf,
      changed: (deleted) => {
        // It goes with an installation: then the DaemonSet goes, too, and is not to be rolled before.
        if (deleted) this.#notBefore = clock.uptime() + patience;
        this.#queue.add(KEY);
      },
    });
    this.#keeper = new ObjectKeeper({
      ...options,
      kind: 'DaemonSet',
      collection: `/apis/apps/v1/namespaces/${namespace}/daemonsets`,
      name: AGENT_DAEMON_SET,
      project: keptObject,
      desired: () => this.#desired,
      explain: (error) => this.#explain(error),
      looked: () => {
        if (this.isApplied) this.#applied();
      },
    });
  }

  /** The DaemonSet is there, as this process has applied it. */
  get isApplied(): boolean {
    return this.#keeper.isApplied;
  }

  /** What stands in the way at present: wrong settings, missing rights, a DaemonSet that is not ours. */
  get obstacles(): readonly CaptureError[] {
    return [this.#obstacle, this.#keeper.obstacle].flatMap((obstacle) => obstacle ?? []);
  }

  /** Resolves once the DaemonSet is applied, and goes on until the signal is aborted; rejects if that comes first. */
  start(signal: AbortSignal): Promise<void> {
    const begin = (isAtWork: () => void): void => {
      this.#applied = isAtWork;
      this.#config.start(this.#life.signal);
      this.#queue.add(KEY);
      this.#keeper.start(signal);
    };
    const stop = (): void => {
      this.#life.abort(signal.reason);
      void this.#queue.close();
    };
    return atWork(signal, begin, stop);
  }

  /** Resolves when what was under way has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(new Error('the keeper was disposed'));
    await Promise.all([this.#queue.close(), this.#keeper[Symbol.asyncDispose]()]);
  }

  async #readConfig(): Promise<void> {
    const { image, configMap } = this.#options;
    let config: Config | undefined;
    try {
      config = await this.#config.look(this.#life.signal);
    } catch (error) {
      if (this.#life.signal.aborted) return;
      const explained = this.#explain(error);
      if (CaptureError.is(explained)) this.#obstacle = explained;
      throw explained;
    }
    const wait = config ? 0 : this.#notBefore - this.#clock.uptime();
    if (wait > 0) {
      this.#queue.addAfter(KEY, wait);
      return;
    }
    try {
      if (config && config.binary.length > 0) throw notText(config.binary);
      const desired = agentDaemonSet(readAgentsSettings(config?.data ?? {}, image), this.#options);
      if (this.#obstacle) this.#logger.info({ configMap }, 'the settings are right again');
      this.#obstacle = undefined;
      if (JSON.stringify(desired) === JSON.stringify(this.#desired)) return;
      this.#desired = desired;
      this.#keeper.look();
    } catch (error) {
      if (!CaptureError.is(error)) throw error;
      this.#refuse(config, error);
    }
  }

  #refuse(config: Config | undefined, error: CaptureError): void {
    const { namespace, configMap: name, events } = this.#options;
    if (error.message !== this.#obstacle?.message) this.#logger.error({ configMap: name }, `the settings change nothing: ${error.message}`);
    this.#obstacle = error;
    if (!config) return;
    events.post({
      about: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name, uid: config.uid },
      key: error.message,
      reason: error.code,
      action: 'ReadSettings',
      type: 'Warning',
      note: `These settings change nothing. ${error.message}`,
    });
  }

  #explain(error: unknown): unknown {
    return explainAgentsFailure(error, this.#options.namespace, this.#options.configMap);
  }
}

function configOf(object: KubernetesObject): Config {
  type Entries = Readonly<Record<string, string>> | null;
  const { data, binaryData } = object as KubernetesObject & { readonly data?: Entries; readonly binaryData?: Entries };
  return { uid: object.metadata.uid, data: data ?? {}, binary: Object.keys(binaryData ?? {}) };
}

/** kubectl puts there what a file holds in another encoding, as the editors of Windows write it. */
function notText(keys: readonly string[]): SettingInvalidError {
  const [verb, them] = keys.length === 1 ? ['is', 'it'] : ['are', 'them'];
  return new SettingInvalidError({ problem: `${listed(keys)} ${verb} no text in UTF-8, and so ${verb} in binaryData.`, advice: `Write ${them} as text under data.` });
}
