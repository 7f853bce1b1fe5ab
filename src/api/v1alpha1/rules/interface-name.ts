import { INTERFACE_NAME_PATTERN, SPECIAL_INTERFACE_NAME_PATTERN } from '../../../core/interface-name.ts';
import type { Rule } from './rule.ts';
import { matching, notMatching } from './text.ts';

/** Rules on the name of a device, or `any`. */
export function interfaceNameRules(field: string): readonly [Rule<string>, Rule<string>] {
  return [
    matching({
      pattern: INTERFACE_NAME_PATTERN,
      message: `${field} must be the name of a Linux network interface, as in "eth0", or "any": 1 to 15 letters, digits, "_", ".", "@" and "-", not starting with "-"`,
    }),
    notMatching({
      pattern: SPECIAL_INTERFACE_NAME_PATTERN,
      message: `${field} must name a network device: numbers and pseudo-devices (nflog, nfqueue, usbmon, bluetooth, dbus) cannot be captured`,
    }),
  ];
}
