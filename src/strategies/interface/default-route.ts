/** Flags of a route (linux/route.h). */
const RTF_UP = 0x0001;
const RTF_REJECT = 0x0200;

interface DefaultRoute {
  readonly device: string;
  readonly metric: number;
}

/** The device of the default route, by /proc/PID/net/route (IPv4, asked first) and /proc/PID/net/ipv6_route. */
export function defaultRouteDevice(route: string, ipv6Route: string): string | undefined {
  return (best(ipv4Defaults(route)) ?? best(ipv6Defaults(ipv6Route)))?.device;
}

/** Columns: Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT; a heading first. Metrics are decimal. */
function ipv4Defaults(table: string): DefaultRoute[] {
  return rows(table).flatMap(([device = '', destination, , flags = '', , , metric = '', mask]) =>
    destination === '00000000' && mask === '00000000' && leads(flags) ? [{ device, metric: Number(metric) }] : [],
  );
}

/** Columns: destination, its length, source, its length, next hop, metric, references, use, flags, device. All numbers are hexadecimal. */
function ipv6Defaults(table: string): DefaultRoute[] {
  return rows(table).flatMap(([destination, length, , , , metric = '', , , flags = '', device = '']) =>
    destination === '0'.repeat(32) && length === '00' && leads(flags) ? [{ device, metric: Number.parseInt(metric, 16) }] : [],
  );
}

function rows(table: string): string[][] {
  return table.split('\n').map((line) => line.trim().split(/\s+/));
}

function leads(flags: string): boolean {
  const bits = Number.parseInt(flags, 16);
  return (bits & RTF_UP) !== 0 && (bits & RTF_REJECT) === 0;
}

function best(routes: readonly DefaultRoute[]): DefaultRoute | undefined {
  return routes.reduce<DefaultRoute | undefined>((least, route) => (least && least.metric <= route.metric ? least : route), undefined);
}
