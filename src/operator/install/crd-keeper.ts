import { type KubernetesClient, Reflector } from '../../adapters/kubernetes/index.ts';
import type { CustomResourceDefinition } from '../../api/v1alpha1/index.ts';
import type { Clock } from '../../core/clock.ts';
import { CaptureError } from '../../core/errors/index.ts';
import { KeyedQueue } from '../../core/keyed-queue.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import { OPERATOR_FIELD_MANAGER } from '../field-manager.ts';
import { CrdNamesTakenError, explainRefusal, saysOtherUid } from './install-errors.ts';
import { knownCrd, type KnownCrd } from './known-crd.ts';
import type { OwnInstallation } from './own-installation.ts';

export interface CrdKeeperOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  readonly logger?: Logger;
  readonly crds: readonly CustomResourceDefinition[];
  readonly installation: OwnInstallation;
  /**
   * Time from the deletion of a CRD to its restoration, so that an uninstallation under way is seen, and between two
   * writes of one CRD, so that two who disagree about it do not race. Milliseconds. Default: 10,000.
   */
  readonly patience?: number;
}

interface Kept {
  readonly crd: CustomResourceDefinition;
  readonly reflector: Reflector<KnownCrd>;
  /** As the API server has it; `undefined`: there is none, or that is not known yet. */
  known: KnownCrd | undefined;
  /** What the last apply made of it: while nobody changes its spec there is nothing to put back. */
  applied: Pick<KnownCrd, 'uid' | 'generation'> | undefined;
  /** `Clock.uptime` before which it is left alone. */
  notBefore: number;
  /** Why it cannot be used. */
  obstacle: CaptureError | undefined;
}

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/**
 * Installs CRDs by server-side apply and keeps them so: what others change in them is put back, and one that is deleted
 * is restored, unless the operator itself is being uninstalled. Writes nothing where nothing differs.
 */
export class CrdKeeper implements AsyncDisposable {
  readonly #options: CrdKeeperOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #patience: number;
  readonly #kept: ReadonlyMap<string, Kept>;
  readonly #queue: KeyedQueue;
  readonly #life = new AbortController();
  #established: () => void = () => undefined;

  constructor(options: CrdKeeperOptions) {
    const { clock, client } = options;
    this.#options = options;
    this.#clock = clock;
    this.#logger = options.logger ?? silentLogger;
    this.#patience = options.patience ?? 10_000;
    const logger = this.#logger;
    this.#queue = new KeyedQueue((name) => this.#keep(name), { clock, logger });
    const keep = (crd: CustomResourceDefinition): Kept => {
      const { name } = crd.metadata;
      const reflector = new Reflector({
        client,
        clock,
        logger,
        path: CRDS,
        fieldSelector: `metadata.name=${name}`,
        project: knownCrd,
        changed: ({ uid, value }) => this.#changed(name, uid, value),
      });
      return { crd, reflector, known: undefined, applied: undefined, notBefore: -Infinity, obstacle: undefined };
    };
    this.#kept = new Map(options.crds.map((crd) => [crd.metadata.name, keep(crd)]));
  }

  /** All are there, established, with the names that they ask for. */
  get isEstablished(): boolean {
    return [...this.#kept.values()].every(({ known, applied }) => known?.isEstablished === true && !known.isDeleting && applied?.uid === known.uid);
  }

  /** What stands in the way at present: missing rights, names that are taken, versions that are not known. */
  get obstacles(): readonly CaptureError[] {
    return [...this.#kept.values()].flatMap(({ obstacle }) => obstacle ?? []);
  }

  /** Resolves once all are established, and goes on until the signal is aborted; rejects if that comes first. */
  start(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#life.abort(signal.reason);
        void this.#queue.close();
        // The reason of an AbortSignal is whatever its owner gave.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        reject(signal.reason);
      };
      if (signal.aborted) {
        stop();
        return;
      }
      signal.addEventListener('abort', stop, { once: true });
      this.#established = resolve;
      for (const [name, { reflector }] of this.#kept) {
        reflector.start(this.#life.signal).catch(() => undefined);
        this.#queue.add(name);
      }
    });
  }

  /** Resolves when what was under way has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(new Error('the keeper was disposed'));
    await this.#queue.close();
  }

  #changed(name: string, uid: string, value: KnownCrd | undefined): void {
    const kept = this.#of(name);
    if (value) {
      kept.known = value;
      this.#queue.add(name);
    } else if (kept.known?.uid === uid) {
      kept.known = undefined;
      kept.notBefore = this.#clock.uptime() + this.#patience;
      this.#logger.warn({ crd: name }, 'the CRD was deleted');
      this.#queue.addAfter(name, this.#patience);
    }
  }

  async #keep(name: string): Promise<void> {
    const kept = this.#of(name);
    try {
      if (!kept.reflector.isSynced) kept.known = await this.#look(name);
      if (!kept.known?.isDeleting && !isAsApplied(kept)) await this.#applyInTime(name, kept);
    } catch (error) {
      if (this.#life.signal.aborted) return;
      if (saysOtherUid(error)) throw error;
      const explained = explainRefusal(error, name);
      if (CaptureError.is(explained)) kept.obstacle = explained;
      throw explained;
    }
    const refused = kept.known?.namesRefused;
    const obstacle = refused === undefined ? undefined : new CrdNamesTakenError(name, refused);
    if (obstacle && obstacle.message !== kept.obstacle?.message) this.#logger.error({ crd: name }, obstacle.message);
    kept.obstacle = obstacle;
    if (this.isEstablished) this.#established();
  }

  /** Before the watch tells: only the answer to a call says what is refused. */
  async #look(name: string): Promise<KnownCrd | undefined> {
    const query = { fieldSelector: `metadata.name=${name}`, limit: 1 };
    const [found] = (await this.#options.client.list(CRDS, { query, signal: this.#life.signal })).items;
    return found && knownCrd(found);
  }

  async #applyInTime(name: string, kept: Kept): Promise<void> {
    const wait = kept.notBefore - this.#clock.uptime();
    if (wait > 0) {
      this.#queue.addAfter(name, wait);
      return;
    }
    const { signal } = this.#life;
    if (!kept.known && (await this.#options.installation.isBeingRemoved(signal))) {
      this.#logger.info({ crd: name }, 'the CRD is not restored: pcapper is being uninstalled');
      this.#queue.addAfter(name, this.#patience);
      return;
    }
    // With a uid it cannot make one anew that was deleted in this moment.
    const metadata = { name, ...(kept.known && { uid: kept.known.uid }) };
    const query = { fieldManager: OPERATOR_FIELD_MANAGER, force: true };
    const written = await this.#options.client.patch(`${CRDS}/${name}`, 'apply', { ...kept.crd, metadata }, { query, signal });
    const { uid, generation } = knownCrd(written);
    if (kept.known?.uid !== uid || kept.known.generation !== generation) {
      this.#logger.info({ crd: name, generation }, 'the CRD is applied');
      kept.notBefore = this.#clock.uptime() + this.#patience;
    }
    kept.applied = { uid, generation };
  }

  #of(name: string): Kept {
    const kept = this.#kept.get(name);
    if (!kept) throw new Error(`unexpected CRD ${name}`);
    return kept;
  }
}

function isAsApplied({ known, applied }: Kept): boolean {
  return known !== undefined && known.uid === applied?.uid && known.generation === applied.generation;
}
