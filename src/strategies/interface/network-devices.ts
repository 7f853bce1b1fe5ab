import { InterfaceNotFoundError, NoDefaultRouteError } from '../../core/errors/target-errors.ts';
import { checkInterfaceName } from '../../core/interface-name.ts';
import type { LinkType } from '../../core/interface-resolver.ts';
import { defaultRouteDevice } from './default-route.ts';
import type { NetworkTable, Pid, ProcFs } from './proc-fs.ts';

/** The device that stands for all devices of a namespace (tcpdump(1), `-i`). */
export const ANY_DEVICE = 'any';

/** The devices of a network namespace, as procfs shows them to someone outside of it. */
export class NetworkDevices {
  readonly names: readonly string[];
  readonly #defaultRoute: string | undefined;
  readonly #ethernet: ReadonlySet<string>;
  readonly #indexes: ReadonlyMap<string, number>;
  readonly #where: string;

  /** @param where names the namespace in errors: `Pod shop/web-1` */
  static async of(proc: ProcFs, pid: Pid, where: string): Promise<NetworkDevices> {
    const tables: NetworkTable[] = ['dev', 'route', 'ipv6_route', 'igmp', 'dev_mcast'];
    const [dev = '', route = '', ipv6Route = '', igmp = '', devMcast = ''] = await Promise.all(
      tables.map((table) => proc.networkTable(pid, table)),
    );
    return new NetworkDevices({ dev, route, ipv6Route, igmp, devMcast }, where);
  }

  constructor(
    tables: Readonly<Record<'dev' | 'route' | 'ipv6Route' | 'igmp' | 'devMcast', string>>,
    where: string,
  ) {
    this.#where = where;
    this.names = [...tables.dev.matchAll(/^\s*([^\s:]+):/gm)].map(([, name = '']) => name);
    this.#defaultRoute = defaultRouteDevice(tables.route, tables.ipv6Route);
    // Group members by device: `4 eth0 1 0 01005e000001`.
    const groups = [...tables.devMcast.matchAll(/^\d+\s+(\S+)\s+\d+\s+\d+\s+([0-9a-f]+)$/gm)];
    this.#ethernet = new Set(groups.filter(([, , group = '']) => ETHERNET_GROUP.test(group)).map(([, name = '']) => name));
    this.#indexes = deviceIndexes(tables.igmp);
  }

  /**
   * The device to capture: the one asked for, or that of the default route.
   * @throws InterfaceNameInvalidError, InterfaceNotFoundError, NoDefaultRouteError
   */
  choose(wanted: string | undefined): string {
    const device = wanted ?? this.#defaultRoute;
    if (device === undefined) throw new NoDefaultRouteError(this.#where, this.names);
    checkInterfaceName(device);
    if (device !== ANY_DEVICE && !this.names.includes(device)) {
      throw new InterfaceNotFoundError(device, this.#where, this.names);
    }
    return device;
  }

  /** The kernel's number of a device that is up. */
  index(device: string): number | undefined {
    return this.#indexes.get(device);
  }

  /**
   * What tcpdump will see. Another namespace's sysfs is out of sight, and procfs does not tell the type of a device; but
   * a device that is up has joined the group of all hosts, and where that shows as an Ethernet address the device is one.
   * A device that is down counts as Ethernet: tcpdump refuses it anyway, for the right reason.
   */
  linkType(device: string): LinkType {
    if (device === ANY_DEVICE) return 'LINUX_SLL2';
    const hasNoLinkLayer = this.#indexes.has(device) && !this.#ethernet.has(device) && device !== 'lo';
    return hasNoLinkLayer ? 'RAW' : 'EN10MB';
  }
}

/** The kernel's numbers of the devices that are up and speak IPv4, by /proc/PID/net/igmp: `4 eth0 : 1 V3`, with their groups indented below. */
export function deviceIndexes(igmp: string): ReadonlyMap<string, number> {
  return new Map([...igmp.matchAll(/^(\d+)\s+([^\s:]+)\s*:/gm)].map(([, index, name = '']) => [name, Number(index)]));
}

/** IP groups as Ethernet addresses: RFC 1112 section 6.4, RFC 2464 section 7. */
const ETHERNET_GROUP = /^(?:01005e[0-9a-f]{6}|3333[0-9a-f]{8})$/;
