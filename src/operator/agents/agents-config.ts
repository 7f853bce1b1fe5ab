import type { EventPost, KubernetesClient, KubernetesObject } from '../../adapters/kubernetes/index.ts';
import type { Clock } from '../../core/clock.ts';
import { CaptureError, SettingInvalidError } from '../../core/errors/index.ts';
import { KeyedQueue } from '../../core/keyed-queue.ts';
import { listed } from '../../core/listed.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { atWork } from '../at-work.ts';
import { explainMissingRight } from '../missing-right-error.ts';
import { NamedObject } from '../named-object.ts';
import { DEFAULT_PATIENCE } from '../object-keeper.ts';
import { agentsConfigRules } from './agents-rules.ts';
import { type AgentsSettings, readAgentsSettings } from './agents-settings.ts';

/** What an {@link AgentsConfig} is made of. */
export interface AgentsConfigOptions {
  /** Calls the API server. Whoever made it disposes it. */
  readonly client: KubernetesClient;
  /** Time and timers: a `SystemClock`, in tests a `ManualClock`. */
  readonly clock: Clock;
  /** Told what goes wrong and is tried again. Default: `silentLogger`. */
  readonly logger?: Logger;
  /** Of the ConfigMap. */
  readonly namespace: string;
  /** Name of the ConfigMap with the settings. It need not be there. */
  readonly configMap: string;
  /** Of the agents, where the ConfigMap names none. */
  readonly image: string;
  /** Who tells that settings are wrong, as Events about the ConfigMap. */
  readonly events: Pick<EventPost, 'post'>;
  /** Time from the deletion of the ConfigMap until the defaults take its place. Milliseconds. Default: 10,000. */
  readonly patience?: number;
}

interface Config {
  readonly uid: string;
  readonly data: Readonly<Record<string, string>>;
  /** Keys of what is not text in UTF-8. */
  readonly binary: readonly string[];
}

const KEY = 'settings';

/** How agents are to be run, as the ConfigMap says. Settings that are wrong are told and change nothing. */
export class AgentsConfig implements AsyncDisposable {
  readonly #options: AgentsConfigOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #config: NamedObject<Config>;
  readonly #queue: KeyedQueue;
  readonly #life = new AbortController();
  readonly #listeners: (() => void)[] = [];
  #settings: AgentsSettings | undefined;
  /** `Clock.uptime` before which the defaults do not take the place of a ConfigMap that was deleted. */
  #notBefore = -Infinity;
  #obstacle: CaptureError | undefined;
  #known: () => void = () => undefined;

  constructor(options: AgentsConfigOptions) {
    const { client, clock, logger = silentLogger, namespace, configMap, patience = DEFAULT_PATIENCE } = options;
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#queue = new KeyedQueue(() => this.#read(), { clock, logger });
    this.#config = new NamedObject({
      client,
      clock,
      logger,
      collection: `/api/v1/namespaces/${namespace}/configmaps`,
      name: configMap,
      project: configOf,
      changed: (deleted) => {
        // It goes with an installation: then the agents go, too, and are not to be rolled before.
        if (deleted) this.#notBefore = clock.uptime() + patience;
        this.#queue.add(KEY);
      },
    });
  }

  /** Of the ConfigMap. */
  get name(): string {
    return this.#options.configMap;
  }

  /** The last good ones; the same object until they change. `undefined`: there were none yet. */
  get settings(): AgentsSettings | undefined {
    return this.#settings;
  }

  /** What stands in the way at present: wrong settings, missing rights. */
  get obstacle(): CaptureError | undefined {
    return this.#obstacle;
  }

  /**
   * Before it is started, so that nothing is missed.
   * @param listener called when {@link AgentsConfig.settings} are others.
   */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Resolves once there are good settings, and goes on until the signal is aborted; rejects if that comes first. */
  start(signal: AbortSignal): Promise<void> {
    const begin = (isAtWork: () => void): void => {
      this.#known = isAtWork;
      this.#config.start(this.#life.signal);
      this.#queue.add(KEY);
    };
    const stop = (): void => {
      this.#life.abort(signal.reason);
      void this.#queue.close();
    };
    return atWork(signal, begin, stop);
  }

  /** Resolves when what was under way has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(new Error('the settings were disposed'));
    await this.#queue.close();
  }

  async #read(): Promise<void> {
    const { image, configMap } = this.#options;
    let config: Config | undefined;
    try {
      config = await this.#config.look(this.#life.signal);
    } catch (error) {
      if (this.#life.signal.aborted) return;
      const explained = explainMissingRight(error, 'Role', agentsConfigRules(configMap));
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
      this.#take(readAgentsSettings(config?.data ?? {}, image));
    } catch (error) {
      if (!CaptureError.is(error)) throw error;
      this.#refuse(config, error);
    }
  }

  #take(settings: AgentsSettings): void {
    if (this.#obstacle) this.#logger.info({ configMap: this.#options.configMap }, 'the settings are right again');
    this.#obstacle = undefined;
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return;
    this.#settings = settings;
    this.#known();
    for (const listener of this.#listeners) listener();
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
