import { open } from 'node:fs/promises';
import { type ClaimedTarget, describeTarget, type InterfaceResolver, PodNotFoundError, type ResolvedInterface, TargetNotServedError } from 'pcapper';
import type { DemoPod } from './demo-pod.ts';

/** Finds the demo's own Pods without cgroups, by knowing their processes. */
export class DemoPodResolver implements InterfaceResolver {
  readonly name = 'Pods of the demo';
  readonly #pods: readonly DemoPod[];

  constructor(pods: readonly DemoPod[]) {
    this.#pods = pods;
  }

  /** @throws TargetNotServedError, PodNotFoundError */
  async resolve(target: ClaimedTarget): Promise<ResolvedInterface> {
    if (target.kind !== 'pod') throw new TargetNotServedError(this.name, describeTarget(target));
    const pod = this.#pods.find(({ uid }) => uid === target.uid);
    if (pod === undefined) throw new PodNotFoundError(describeTarget(target), this.#pods.length);
    const namespace = await open(pod.networkNamespacePath);
    const { ino: inode } = await namespace.stat({ bigint: true });
    return {
      device: 'eth0',
      linkType: 'EN10MB',
      networkNamespace: { fd: namespace.fd, inode },
      gone: pod.gone,
      [Symbol.asyncDispose]: () => namespace.close(),
    };
  }
}
