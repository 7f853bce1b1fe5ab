import { describe, expect, it } from 'vitest';
import { checkInterfaceName, isInterfaceName } from '../../src/core/interface-name.ts';
import { InterfaceNameInvalidError } from '../../src/core/errors/index.ts';

describe('interface names', () => {
  it.each(['eth0', 'any', 'lo', 'net1', 'cali12ab34cd56e', 'br-0a1b2c3d4e5f', 'eth0.100', 'wg0', 'veth@if2', '_x', 'a'])(
    'takes %j',
    (name) => {
      expect(isInterfaceName(name)).toBe(true);
      expect(() => checkInterfaceName(name)).not.toThrow();
    },
  );

  it.each([
    ['an index', '1'],
    ['a long index', '0042'],
    ['nothing', ''],
    ['16 characters', 'a'.repeat(16)],
    ['a folder', '.'],
    ['the folder above', '..'],
    ['a path', '../eth0'],
    ['an option', '-w'],
    ['a space', 'eth0 lo'],
    ['a line end', 'eth0\n'],
    ['a percent sign', 'eth%d'],
    ['another script', 'еth0'],
    ['netfilter logging', 'nflog'],
    ['netfilter logging of a group', 'nflog5'],
    ['a netfilter queue', 'nfqueue'],
    ['USB', 'usbmon1'],
    ['Bluetooth', 'bluetooth0'],
    ['D-Bus', 'dbus-system'],
  ])('refuses %s: %j', (_, name) => {
    expect(isInterfaceName(name)).toBe(false);
    expect(() => checkInterfaceName(name)).toThrow(InterfaceNameInvalidError);
  });
});
