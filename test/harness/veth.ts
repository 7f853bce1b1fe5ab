import { randomBytes } from 'node:crypto';
import { execa } from 'execa';
import type { TestPod } from './test-pod.ts';

/** A further veth pair from here into a Pod. */
export class Veth implements AsyncDisposable {
  readonly hostDevice = `pcv${randomBytes(4).toString('hex')}`;

  static async between(device: string, pod: TestPod): Promise<Veth> {
    const veth = new Veth();
    await execa('ip', ['link', 'add', veth.hostDevice, 'type', 'veth', 'peer', 'name', device, 'netns', String(pod.pid)]);
    await execa('ip', ['link', 'set', veth.hostDevice, 'up']);
    await pod.run('ip', ['link', 'set', device, 'up']);
    return veth;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await execa('ip', ['link', 'del', this.hostDevice], { reject: false });
  }
}
