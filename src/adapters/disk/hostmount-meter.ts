import type { DiskMeter } from '../../core/disk-ledger.ts';
import { type FolderUsage, measureFolder } from './disk-usage.ts';
import { endedCaptures } from './ended-captures.ts';
import { freeDisk, freeDiskByDf } from './free-disk.ts';
import { hostmountFailure } from './hostmount-failure.ts';

/** Measures the hostmount and its disk. */
export class HostmountMeter implements DiskMeter {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  occupied(): Promise<FolderUsage> {
    return this.#explained(measureFolder(this.#path));
  }

  available(): Promise<number> {
    return this.#explained(freeDiskByDf(this.#path));
  }

  availableNow(): Promise<number> {
    return this.#explained(freeDisk(this.#path));
  }

  async freeable(): ReturnType<DiskMeter['freeable']> {
    const { segments } = await this.occupied();
    return this.#explained(endedCaptures(this.#path, segments));
  }

  async #explained<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw hostmountFailure(this.#path, error);
    }
  }
}
