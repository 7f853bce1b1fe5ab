import { InterfaceNameInvalidError } from './errors/target-errors.ts';

/**
 * What Linux calls a device, less what could be taken for something else: at most 15 bytes (IFNAMSIZ), and a first
 * character that no program reads as an option.
 */
export const INTERFACE_NAME_PATTERN = /^[A-Za-z0-9_.@][A-Za-z0-9_.@-]{0,14}$/;

/**
 * Names that libpcap does not take for a network device: digits are an index (tcpdump(1), `-i`), the others open
 * netfilter queues, USB, Bluetooth and D-Bus. A path component is none either.
 */
export const SPECIAL_INTERFACE_NAME_PATTERN =
  /^(?:[0-9]+|\.|\.\.|nflog.*|nfqueue.*|usbmon[0-9]*|bluetooth[0-9]*|bluetooth-monitor|dbus-.*)$/;

/** Whether `name` can name a device that is captured; `any` can. It says nothing of whether the device exists. */
export function isInterfaceName(name: string): boolean {
  return INTERFACE_NAME_PATTERN.test(name) && !SPECIAL_INTERFACE_NAME_PATTERN.test(name);
}

/**
 * Checks the name of a device before it reaches a program or a path.
 * @throws InterfaceNameInvalidError for a number, a pseudo-device, or what could be read as an option or a path
 */
export function checkInterfaceName(name: string): void {
  if (!isInterfaceName(name)) throw new InterfaceNameInvalidError(name);
}
