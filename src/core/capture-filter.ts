import { FilterHostNameError, FilterTooLongError } from './errors/filter-errors.ts';

/** Compiling takes more than linear time: 500 hosts, 9 kB, take 8 s with libpcap 1.10. */
export const MAX_FILTER_BYTES = 4096;

/**
 * The words of libpcap's filter language (pcap-filter(7); scanner.l of libpcap 1.10), except those that stand in
 * {@link NAME_KINDS}. `vxlan` is missing on purpose: 1.10 does not know it and would look it up as a host.
 */
const KEYWORDS = new Set(
  `src dst link ether ppp slip fddi tr wlan arp rarp ip sctp tcp udp icmp igmp igrp pim vrrp carp radio ip6 icmp6 ah esp
  atalk aarp decnet lat sca moprc mopdl iso esis es-is isis is-is l1 l2 iih lsp snp csnp psnp clnp stp ipx netbeui
  host net mask gateway address1 addr1 address2 addr2 address3 addr3 address4 addr4 ra ta
  less greater byte broadcast multicast len length inbound outbound ifindex vlan mpls pppoed pppoes geneve
  lane metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic vpi vci connectmsg metaconnect rnr rulenum srnr subrulenum
  fisu lssu lsu msu hfisu hlssu hmsu sio opc dpc sls hsio hopc hdpc hsls
  icmptype icmpcode icmp-echoreply icmp-unreach icmp-sourcequench icmp-redirect icmp-echo icmp-routeradvert
  icmp-routersolicit icmp-timxceed icmp-paramprob icmp-tstamp icmp-tstampreply icmp-ireq icmp-ireqreply icmp-maskreq
  icmp-maskreply icmp6type icmp6code icmp6-destinationunreach icmp6-packettoobig icmp6-timeexceeded
  icmp6-parameterproblem icmp6-echo icmp6-echoreply icmp6-multicastlistenerquery icmp6-multicastlistenerreportv1
  icmp6-multicastlistenerdone icmp6-routersolicit icmp6-routeradvert icmp6-neighborsolicit icmp6-neighboradvert
  icmp6-redirect icmp6-routerrenum icmp6-nodeinformationquery icmp6-nodeinformationresponse
  icmp6-ineighbordiscoverysolicit icmp6-ineighbordiscoveryadvert icmp6-multicastlistenerreportv2
  icmp6-homeagentdiscoveryrequest icmp6-homeagentdiscoveryreply icmp6-mobileprefixsolicit icmp6-mobileprefixadvert
  icmp6-certpathsolicit icmp6-certpathadvert icmp6-multicastrouteradvert icmp6-multicastroutersolicit
  icmp6-multicastrouterterm tcpflags tcp-fin tcp-syn tcp-rst tcp-push tcp-ack tcp-urg tcp-ece tcp-cwr`.split(/\s+/),
);

/** After these a name is looked up in /etc/services, in /etc/protocols or in a table of libpcap, never by DNS. */
const NAME_KINDS = new Set(
  'port portrange proto protochain llc type subtype direction dir on ifname rset ruleset reason action'.split(' '),
);

/** They leave in force what the words before them were about: in `port 53 or domain` the second is a port, too. */
const CONNECTIVES = new Set(['and', 'or', 'not']);

/** Tokens as scanner.l makes them: `\name`, what may be a MAC or IPv6 address, a word. Anything else is punctuation. */
const TOKEN = /\\(?<escaped>[^ !()\n\t]+)|(?<colons>(?:[0-9A-Fa-f]{0,4}:){2,}[0-9A-Fa-f.]*)|(?<word>[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?)/y;

const NUMBER = '(?:[0-9]+|0[xX][0-9A-Fa-f]+)';
/** Numbers, IPv4 addresses (`10.0` is a network), and MAC addresses without colons. */
const LITERAL = new RegExp(
  `^(?:${NUMBER}(?:\\.${NUMBER}){0,3}|[0-9A-Fa-f]{1,2}(?:-[0-9A-Fa-f]{1,2}){5}|[0-9A-Fa-f]{1,2}(?:\\.[0-9A-Fa-f]{1,2}){5}|[0-9A-Fa-f]{4}(?:\\.[0-9A-Fa-f]{4}){2}|[0-9A-Fa-f]{12})$`,
);
const MAC = /^[0-9A-Fa-f]{1,2}(?::[0-9A-Fa-f]{1,2}){5}$/;

/**
 * Refuses what must not even be compiled: libpcap looks up host and network names by DNS while it compiles, from the
 * agent and from within the Pod's network. Whether the expression is well formed is for tcpdump to say.
 * @throws FilterTooLongError above {@link MAX_FILTER_BYTES}
 * @throws FilterHostNameError for each word that is neither of the filter language, nor an address or number, nor the
 * name of a port or protocol
 */
export function checkCaptureFilter(filter: string): void {
  const bytes = new TextEncoder().encode(filter).length;
  if (bytes > MAX_FILTER_BYTES) throw new FilterTooLongError(bytes, MAX_FILTER_BYTES);
  let nameAllowed = false;
  for (const { text, escaped } of tokens(filter)) {
    if (!escaped && CONNECTIVES.has(text)) continue;
    if (!escaped && NAME_KINDS.has(text)) nameAllowed = true;
    else if (!escaped && KEYWORDS.has(text)) nameAllowed = false;
    else if (!nameAllowed && (escaped || !LITERAL.test(text))) throw new FilterHostNameError(text);
  }
}

interface Token {
  readonly text: string;
  readonly escaped: boolean;
}

/** Words and escaped names; addresses with colons and punctuation are left out. */
function* tokens(filter: string): Generator<Token> {
  for (let at = 0; at < filter.length; ) {
    TOKEN.lastIndex = at;
    const { escaped, colons, word } = TOKEN.exec(filter)?.groups ?? {};
    if (escaped !== undefined) {
      yield { text: escaped, escaped: true };
      at += escaped.length + 1;
    } else if (colons !== undefined && (MAC.test(colons) || isIPv6(colons))) {
      at += colons.length;
    } else {
      // Not an address: libpcap would go on with the word in front of the first colon, as in "dead:beef".
      const plain = word ?? /^[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?/.exec(filter.slice(at))?.[0];
      if (plain !== undefined) yield { text: plain, escaped: false };
      at += plain?.length ?? 1;
    }
  }
}

/** An IPv6 address as scanner.l has it; zone indices are none of it. */
function isIPv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const dotted = /^[0-9]+(?:\.[0-9]+){3}$/.test(groups.at(-1) ?? '') ? groups.pop() : undefined;
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  const length = groups.length + (dotted === undefined ? 0 : 2);
  return halves.length === 2 ? length <= 7 : length === 8;
}
