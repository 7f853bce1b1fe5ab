import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { checkCaptureFilter } from '../../../src/core/capture-filter.ts';
import { requires } from '../../harness/requirements.ts';

const WORDS = `host net port portrange src dst ip ip6 tcp udp icmp arp ether proto protochain gateway mask and or not ! && || ( )
  len greater less > = != - + & / [ ] : , ; vlan 100 llc rr type mgt subtype dir on ifname reason action broadcast inbound
  web.example name a-b http domain ssh-http \\tcp \\web tcp-syn tcpflags icmptype 80 0x50 10.0.0.1 10.0 10.0.0.1. 1.2.3.4.5
  ::1 dead:beef 1:2:3 00:11:22:33:44:55 0011.2233.4455 $ab web_ _web é HOST vxlan eth0`.split(/\s+/);

requires('root', 'tcpdump', 'ip').describe('a capture filter that is let through', () => {
  it('never makes libpcap ask a name server', async () => {
    const random = numbers(20261121);
    const word = () => WORDS[Math.floor(random() * WORDS.length)] ?? '';
    const filters = new Set<string>();
    while (filters.size < 1500) {
      const filter = Array.from({ length: 1 + Math.floor(random() * 6) }, word).join(random() < 0.9 ? ' ' : '');
      if (lets(filter)) filters.add(filter);
    }
    expect(await thatAsk([...filters])).toEqual([]);
  });

  it('while those that are refused do', async () => {
    const refused = ['host web.example', 'port 80 or src web', 'host 10.0.0.1 or web.example', 'host dead:beef', 'net office or 10.0.0.1.', 'vxlan'];
    expect(refused.filter(lets)).toEqual([]);
    expect(await thatAsk(refused)).toEqual(expect.arrayContaining(['host web.example', 'port 80 or src web', 'host 10.0.0.1 or web.example']));
  });
});

function lets(filter: string): boolean {
  try {
    checkCaptureFilter(filter);
    return true;
  } catch {
    return false;
  }
}

async function thatAsk(filters: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pcapper-names-'));
  try {
    await writeFile(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
    const script = 'ip link set lo up && mount --bind "$1" /etc/resolv.conf && exec "$2" "$3"';
    const argv = ['--net', '--mount', 'sh', '-c', script, 'sh', join(folder, 'resolv.conf'), process.execPath, join(import.meta.dirname, 'compile-and-count-lookups.ts')];
    const { stdout } = await execa('unshare', argv, { input: JSON.stringify(filters) });
    return JSON.parse(stdout) as string[];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Numbers from 0 to 1, the same each time (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
