import { describe, expect, it } from 'vitest';
import { whereFilesAre } from '../src/agent-defaults.ts';

const place = { node: 'n1', directory: '/hostmount' };

describe('whereFilesAre', () => {
  it('names the command for all files, and the one of kubectl for each', () => {
    const say = whereFilesAre({ ...place, namespace: 'pcapper', pod: 'pcapper-x7k2p' });
    expect(say(['n1.web.1700000000.pcap0', 'n1.web.1700000000.pcap1'], 'web', 'PacketCapture')).toBe(
      'Files: /hostmount/n1.web.1700000000.pcap0 and 1 more on node n1. ' +
        'Fetch the packets as one file with: npx pcapper get web -o web.pcap ; ' +
        'or each file by itself with: kubectl -n pcapper cp pcapper-x7k2p:/hostmount/n1.web.1700000000.pcap0 n1.web.1700000000.pcap0',
    );
  });

  it('names the namespace where it is another than the command takes by itself', () => {
    const say = whereFilesAre({ ...place, namespace: 'net', pod: 'pcapper-x7k2p' });
    expect(say(['n1.web.1700000000.pcap'], 'web', 'PacketCapture')).toContain('npx pcapper get web -n net -o web.pcap ; or each file by itself with: kubectl -n net cp ');
  });

  it('names no command that reads PacketCaptures where the capture is none', () => {
    const say = whereFilesAre({ ...place, namespace: 'pcapper', pod: 'pcapper-x7k2p' });
    expect(say(['capture-web.pcap0'], 'shop.web', 'PodAnnotation')).toBe(
      'Files: /hostmount/capture-web.pcap0 on node n1. Fetch it with: kubectl -n pcapper cp pcapper-x7k2p:/hostmount/capture-web.pcap0 capture-web.pcap0',
    );
    expect(say(['capture-web.pcap0', 'capture-web.pcap1'], 'shop.web', 'PodAnnotation')).toContain('and 1 more on node n1. Fetch each with: kubectl ');
  });

  it('says only where they are without a Pod to fetch them from', () => {
    expect(whereFilesAre(place)(['n1.web.1700000000.pcap'], 'web', 'PacketCapture')).toBe('Files: /hostmount/n1.web.1700000000.pcap on node n1.');
  });
});
