import { execa } from 'execa';
import { connect, disconnect, plugIn, unplug } from '../harness/pod-link.ts';
import type { TestPod } from '../harness/test-pod.ts';

/** What befalls the network of a Pod, from inside its network namespace and from the node's side. */
export class PodNetwork {
  readonly #pod: TestPod;

  constructor(pod: TestPod) {
    this.#pod = pod;
  }

  /** Takes `eth0` down; the kernel removes its routes. */
  async takeDown(): Promise<void> {
    await disconnect(this.#pod.pid);
  }

  async bringUp(): Promise<void> {
    await connect(this.#pod.pid, this.#pod);
  }

  /** Gives a device another name. It stays up where the kernel can do that (Linux 6.2), else it is down for a moment. */
  async rename(from: string, to: string): Promise<void> {
    const live = await execa('nsenter', [this.#namespace, 'ip', 'link', 'set', from, 'name', to], { reject: false });
    if (live.exitCode === 0) return;
    await this.#ip('link', 'set', from, 'down');
    await this.#ip('link', 'set', from, 'name', to);
    await this.#ip('link', 'set', to, 'up');
    await this.#ip('route', 'replace', 'default', 'via', this.#pod.hostAddress);
  }

  /** Removes `eth0` and its other end. */
  async remove(): Promise<void> {
    await unplug(this.#pod);
  }

  /** Makes `eth0` anew after {@link PodNetwork.remove}, with the same name and addresses. */
  async makeAgain(): Promise<void> {
    await plugIn(this.#pod.pid, this.#pod);
  }

  /** The last process in the network namespace ends, and its devices go with it. */
  async deleteNamespace(): Promise<void> {
    await this.#pod.kill();
    // The kernel waits for whoever holds the namespace open; the other end goes by hand as it would with the namespace.
    await unplug(this.#pod);
  }

  get #namespace(): string {
    return `--net=/proc/${this.#pod.pid}/ns/net`;
  }

  async #ip(...argv: string[]): Promise<void> {
    await execa('nsenter', [this.#namespace, 'ip', ...argv]);
  }
}
