/**
 * In namespaces of its own, as on a node of its own: `eth0` (10.0.0.1), on which pings go out, and an empty disk of 64 GB with
 * the folder /var/captures.
 */
const SETUP = `
  mount -t sysfs sysfs /sys
  mount -t tmpfs -o size=64G,mode=755 tmpfs /var
  mkdir -m 700 /var/captures
  ip link set lo up
  ip link add eth0 type veth peer name switch
  ip addr add 10.0.0.1/24 dev eth0
  ip link set eth0 arp off
  ip link set eth0 up
  ip link set switch up
  ping -q -i 0.2 10.0.0.2 >/dev/null 2>&1 &
  exec "$@"
`;

/** What of the machine that takes. */
export const FOR_NODE_OF_ITS_OWN = ['root', 'tcpdump', 'ip', 'ping', 'mount'] as const;

/** The beginning of a command that is to run there. A SIGTERM reaches it; nothing that it began outlives it. */
export const ON_NODE_OF_ITS_OWN = ['unshare', '--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child=SIGTERM', 'sh', '-euc', SETUP, 'node-of-its-own'] as const;
