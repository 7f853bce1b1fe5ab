import { expect, it } from 'vitest';
import { requires } from '../../harness/requirements.ts';
import { Workplace } from './workplace.ts';

requires('root', 'tcpdump', 'ip', 'ping', 'nsenter', 'cgroup').describe('TcpdumpProcessRunner: packets', () => {
  it('has every packet that was sent before the stop', async () => {
    await using place = await Workplace.create();
    const spec = place.spec({ filter: 'icmp[icmptype] = icmp-echo' });
    const run = await place.runner.start(spec);
    await place.pod.ping(300, { interval: 0.001 });
    const end = await run.stop();
    expect(end).toMatchObject({ cause: 'stopped', counters: { captured: 300, received: 300, dropped: 0 } });
    expect(await place.packets(spec)).toBe(300);
  });
});
