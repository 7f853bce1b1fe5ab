import { CRDS_PATH } from '../../adapters/kubernetes/packet-capture-crd.ts';
import type { CustomResourceDefinition } from '../../api/v1alpha1/index.ts';
import type { CaptureError } from '../../core/errors/index.ts';
import { atWork } from '../at-work.ts';
import { type KeeperParts, ObjectKeeper } from '../object-keeper.ts';
import { CrdNamesTakenError, explainRefusal } from './install-errors.ts';
import { knownCrd, type KnownCrd } from './known-crd.ts';

/** What a {@link CrdKeeper} is made of. */
export interface CrdKeeperOptions extends KeeperParts {
  /** Each as it is to be; of one that is there already, fields that are not named here are left alone. */
  readonly crds: readonly CustomResourceDefinition[];
}

/**
 * Installs CRDs by server-side apply and keeps them so: what others change in them is put back, and one that is deleted
 * is restored, unless the operator itself is being uninstalled. Writes nothing where nothing differs.
 */
export class CrdKeeper implements AsyncDisposable {
  readonly #keepers: readonly ObjectKeeper<KnownCrd>[];
  #established: () => void = () => undefined;

  constructor({ crds, ...parts }: CrdKeeperOptions) {
    this.#keepers = crds.map((crd) => {
      const { name } = crd.metadata;
      return new ObjectKeeper({
        ...parts,
        kind: 'CRD',
        collection: CRDS_PATH,
        name,
        project: knownCrd,
        desired: () => crd,
        explain: (error) => explainRefusal(error, name),
        obstacleOf: ({ namesRefused }) => (namesRefused === undefined ? undefined : new CrdNamesTakenError(name, namesRefused)),
        looked: () => {
          if (this.isEstablished) this.#established();
        },
      });
    });
  }

  /** All are there, established, with the names that they ask for. */
  get isEstablished(): boolean {
    return this.#keepers.every(({ known, isApplied }) => isApplied && known?.isEstablished === true);
  }

  /** What stands in the way at present: missing rights, names that are taken, versions that are not known. */
  get obstacles(): readonly CaptureError[] {
    return this.#keepers.flatMap(({ obstacle }) => obstacle ?? []);
  }

  /** Resolves once all are established, and goes on until the signal is aborted; rejects if that comes first. */
  start(signal: AbortSignal): Promise<void> {
    return atWork(signal, (isAtWork) => {
      this.#established = isAtWork;
      for (const keeper of this.#keepers) keeper.start(signal);
    });
  }

  /** Resolves when what was under way has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#keepers.map((keeper) => keeper[Symbol.asyncDispose]()));
  }
}
