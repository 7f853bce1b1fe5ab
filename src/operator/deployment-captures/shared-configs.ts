import { isDeepStrictEqual } from 'node:util';
import { type KubernetesClient, Reflector, type ReflectorTimes } from '../../adapters/kubernetes/index.ts';
import type { OwnerReference } from '../../api/v1alpha1/index.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { labelSelectorText } from '../label-selector-text.ts';
import { CONFIG_MAP_LABELS, configMapNames, type ConfigOwner, type DeploymentTarget, type WantedConfig, wantedConfig } from './config-map.ts';
import type { DeploymentCaptureApi } from './deployment-capture-api.ts';
import { ConfigMapNameTakenError } from './deployment-capture-errors.ts';
import { isOurs, type KnownConfig, knownConfig } from './known-config.ts';

export interface SharedConfigsOptions extends ReflectorTimes {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string;
  readonly api: DeploymentCaptureApi;
  /** Called when one has changed, or is gone; never throws. */
  readonly changed: (config: KnownConfig) => void;
}

const SELECTOR = labelSelectorText({ matchLabels: CONFIG_MAP_LABELS });

/** The ConfigMaps that the Jobs of Deployments take their settings from, one for each Deployment. */
export class SharedConfigs {
  readonly #options: SharedConfigsOptions;
  readonly #reflector: Reflector<KnownConfig>;

  constructor(options: SharedConfigsOptions) {
    this.#options = options;
    this.#reflector = new Reflector<KnownConfig>({
      ...options,
      path: options.api.configMapsPath,
      labelSelector: SELECTOR,
      project: knownConfig,
      changed: ({ value, previous }) => {
        const config = value ?? previous;
        if (config && !isDeepStrictEqual(value, previous)) options.changed(config);
      },
    });
  }

  /** Resolves once all are known, and goes on until the signal is aborted; rejects if that comes first. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#options.api.probe(this.#options.api.configMapsPath, { labelSelector: SELECTOR });
    await this.#reflector.start(signal);
  }

  all(): readonly KnownConfig[] {
    return [...this.#reflector.uids()].flatMap((uid) => this.#reflector.get(uid) ?? []);
  }

  /**
   * Makes that of a Deployment, or brings it up to date.
   * @returns its name
   * @throws ConfigMapNameTakenError when something else has all its names
   */
  async keep(target: DeploymentTarget, owners: readonly ConfigOwner[], environment: Readonly<Record<string, string>>): Promise<string> {
    const { api, logger, namespace } = this.#options;
    const wanted = wantedConfig(target, owners, environment);
    const present = await this.#bringUpToDate(this.#of(target), wanted);
    if (present !== undefined) return present;
    const names = configMapNames(target);
    for (const name of names) {
      if (await api.createConfigMap(configMap(name, namespace, wanted))) {
        logger.info({ configMap: name }, 'the settings of the Jobs are kept');
        return name;
      }
      // Made by an earlier try or another operator, and the watch is late; else it is somebody else's.
      const found = await api.readConfigMap(name);
      const known = found && knownConfig(found);
      if (known && isFor(known, target) && !known.isDeleting) return (await this.#bringUpToDate(known, wanted)) ?? name;
    }
    throw new ConfigMapNameTakenError(names, namespace);
  }

  /** As {@link SharedConfigs.keep}, if there is one. */
  async refresh(target: DeploymentTarget, owners: readonly ConfigOwner[], environment: Readonly<Record<string, string>>): Promise<void> {
    await this.#bringUpToDate(this.#of(target), wantedConfig(target, owners, environment));
  }

  #of(target: DeploymentTarget): KnownConfig | undefined {
    return this.all().find((config) => isFor(config, target) && !config.isDeleting);
  }

  async #bringUpToDate(known: KnownConfig | undefined, wanted: WantedConfig): Promise<string | undefined> {
    if (!known) return undefined;
    const ownerReferences = [...wanted.owners, ...known.owners.filter((owner) => !isOurs(owner))];
    const isCurrent =
      isDeepStrictEqual(known.data, wanted.data) && isDeepStrictEqual(known.owners.map(identity), ownerReferences.map(identity)) && Object.entries(wanted.labels).every(([key, value]) => known.labels[key] === value);
    if (!isCurrent) {
      const removed = Object.fromEntries(Object.keys(known.data).map((key) => [key, null]));
      await this.#options.api.changeConfigMap(known, { metadata: { labels: wanted.labels, ownerReferences }, data: { ...removed, ...wanted.data } });
    }
    return known.name;
  }
}

function isFor(config: DeploymentTarget, { targetNamespace, targetDeployment }: DeploymentTarget): boolean {
  return config.targetNamespace === targetNamespace && config.targetDeployment === targetDeployment;
}

function identity({ uid }: OwnerReference): string {
  return uid;
}

function configMap(name: string, namespace: string, { data, labels, owners }: WantedConfig): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels, ownerReferences: owners }, data };
}
