import { expect, it } from 'vitest';
import { requires } from './requirements.ts';
import { TestPod } from './test-pod.ts';

requires('root', 'ip', 'ping', 'nsenter', 'cgroup').describe('TestPod', () => {
  it('is a namespace that pings its host end, and leaves nothing behind', async () => {
    const pod = await TestPod.create();
    await pod.ping(3);
    await pod.sendUdp(5);
    await pod[Symbol.asyncDispose]();
    expect(() => process.kill(pod.pid, 0)).toThrow();
  });
});
