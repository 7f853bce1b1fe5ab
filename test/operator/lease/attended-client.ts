import { type CallOptions, KubernetesClient, type KubernetesList, type ListOptions, type PatchType, type WatchEvent, type WatchOptions } from '../../../src/adapters/kubernetes/index.ts';

/** A client of which it is known what it waits for and what it has heard. */
export class AttendedClient extends KubernetesClient {
  #underway = 0;
  #heard = '';

  /** Calls that are not answered yet; watches only until they are open. */
  get underway(): number {
    return this.#underway;
  }

  /** resourceVersion of the last event of a watch that was worked on. */
  get heard(): string {
    return this.#heard;
  }

  override get<T>(path: string, options?: CallOptions): Promise<T> {
    return this.#attended(super.get<T>(path, options));
  }

  override list<T>(path: string, options?: ListOptions<T>): Promise<KubernetesList<T>> {
    return this.#attended(super.list<T>(path, options));
  }

  override create<T>(path: string, body: object, options?: CallOptions): Promise<T> {
    return this.#attended(super.create<T>(path, body, options));
  }

  override patch<T>(path: string, type: PatchType, body: object, options?: CallOptions): Promise<T> {
    return this.#attended(super.patch<T>(path, type, body, options));
  }

  override async *watch(path: string, options: WatchOptions = {}): AsyncGenerator<WatchEvent, void, undefined> {
    const answered = Promise.withResolvers<undefined>();
    void this.#attended(answered.promise);
    const contacted = () => {
      answered.resolve(undefined);
      options.contacted?.();
    };
    try {
      for await (const event of super.watch(path, { ...options, contacted })) {
        yield event;
        this.#heard = event.object.metadata.resourceVersion;
      }
    } finally {
      answered.resolve(undefined);
    }
  }

  async #attended<T>(call: Promise<T>): Promise<T> {
    this.#underway += 1;
    try {
      return await call;
    } finally {
      this.#underway -= 1;
    }
  }
}
