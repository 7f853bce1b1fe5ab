import { describe, expect, it } from 'vitest';
import { defaultRouteDevice } from '../../../src/strategies/interface/default-route.ts';

const heading = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       \n';
const v4 = (device: string, { destination = '00000000', flags = '0003', metric = 0, mask = '00000000' } = {}) =>
  `${device}\t${destination}\t0100000A\t${flags}\t0\t0\t${metric}\t${mask}\t0\t0\t0\n`;
const v6 = (device: string, { destination = '0'.repeat(32), length = '00', flags = '00000003', metric = '00000400' } = {}) =>
  `${destination} ${length} ${'0'.repeat(32)} 00 fe800000000000000000000000000001 ${metric} 00000001 00000000 ${flags} ${device.padStart(8)}\n`;

describe('the device of the default route', () => {
  it.each([
    ['the one there is', heading + v4('eth0') + v4('eth0', { destination: '0000000A', mask: '00FFFFFF' }), '', 'eth0'],
    ['the one of the least metric', heading + v4('net1', { metric: 100 }) + v4('eth0', { metric: 20 }), '', 'eth0'],
    ['the first of equals', heading + v4('eth0') + v4('net1'), '', 'eth0'],
    ['IPv4 before IPv6', heading + v4('eth0'), v6('net1'), 'eth0'],
    ['IPv6 where there is no IPv4', heading, v6('net1') + v6('eth0', { metric: '00000100' }), 'eth0'],
    ['not half of the world', heading + v4('tun0', { mask: '00000080' }), '', undefined],
    ['not one that is down', heading + v4('eth0', { flags: '0002' }), '', undefined],
    ['not one that rejects', heading + v4('eth0', { flags: '0203' }), '', undefined],
    ['not the IPv6 route to nowhere', heading, v6('lo', { flags: '00200200', metric: 'ffffffff' }), undefined],
    ['not an IPv6 network', heading, v6('eth0', { destination: `fe8${'0'.repeat(29)}`, length: '40' }), undefined],
    ['none', heading, '', undefined],
    ['none without any protocol', '', '', undefined],
  ])('is %s', (_, route, ipv6Route, device) => {
    expect(defaultRouteDevice(route, ipv6Route)).toBe(device);
  });
});
