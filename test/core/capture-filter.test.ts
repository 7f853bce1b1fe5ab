import { describe, expect, it } from 'vitest';
import { checkCaptureFilter, MAX_FILTER_BYTES } from '../../src/core/capture-filter.ts';
import { FilterHostNameError, FilterTooLongError } from '../../src/core/errors/filter-errors.ts';

describe('checkCaptureFilter', () => {
  it.each([
    '',
    'tcp port 443 and host 10.0.0.7',
    'port http or https',
    'port 53 or domain',
    'tcp dst port (http or https)',
    'portrange ftp-data-ssh',
    'ip proto \\tcp',
    'ether proto \\ip',
    'net 10.0.0.0/8 or net 192.168 or 172.16.0.0 mask 255.240.0.0',
    'host ::1 or host 2001:db8::7 or net fe80::/10 or host ::ffff:10.0.0.7 or host 1:2:3:4:5:6:7:8',
    'ether host 00:11:22:33:44:55 or ether src 0:1:2:3:4:5 or ether dst 00-11-22-33-44-55 or ether host 0011.2233.4455',
    'tcp[tcpflags] & (tcp-syn|tcp-ack) != 0',
    'icmp[icmptype] = icmp-echo or icmp6[icmp6type] = icmp6-neighborsolicit',
    'ether[0:4] = 0x01020304 && !(len > 100 || greater 5)',
    'vlan 100 and mpls and pppoes and llc rr',
    'inbound and not broadcast',
  ])('lets through %j', (filter) => {
    expect(() => checkCaptureFilter(filter)).not.toThrow();
  });

  it.each(['-w x', 'udp -w late.pcap', '-z reboot', 'udp; reboot', '`reboot`', '10.0.0.0/foo', 'len - foo', 'host 1:2:3:web', '\u00e9'])(
    'leaves it to tcpdump to call %j a syntax error',
    (filter) => {
      expect(() => checkCaptureFilter(filter)).not.toThrow();
    },
  );

  it.each([
    ['example.com', 'example.com'],
    ['host web-1', 'web-1'],
    ['host 10.0.0.1 or web', 'web'],
    ['net office', 'office'],
    ['gateway router', 'router'],
    ['ether host name', 'name'],
    ['port 80 or src web', 'web'],
    ['port 80 or tcp web', 'web'],
    ['port 80 and (host a)', 'a'],
    ['not(web)', 'web'],
    ['tcp&&web', 'web'],
    ['HOST 10.0.0.1', 'HOST'],
    ['host \\tcp', 'tcp'],
    ['host 10.0.0.1.', '10.0.0.1.'],
    ['host 10.0.0.1.2', '10.0.0.1.2'],
    ['host dead:beef', 'dead'],
    ['tcp-web', 'tcp-web'],
    ['0x', '0x'],
    ['1e5', '1e5'],
  ])('refuses %j because of %j', (filter, name) => {
    expect(() => checkCaptureFilter(filter)).toThrow(FilterHostNameError);
    expect(() => checkCaptureFilter(filter)).toThrow(`"${name}"`);
  });

  it('counts bytes, not characters', () => {
    expect(() => checkCaptureFilter(' '.repeat(MAX_FILTER_BYTES))).not.toThrow();
    expect(() => checkCaptureFilter(' '.repeat(MAX_FILTER_BYTES + 1))).toThrow(FilterTooLongError);
    expect(() => checkCaptureFilter('\u00e9'.repeat(MAX_FILTER_BYTES / 2 + 1))).toThrow(/4098 bytes; at most 4096/);
  });
});
