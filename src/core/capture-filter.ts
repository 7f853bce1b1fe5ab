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

const WORD = '[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?';
/** Tokens as scanner.l makes them; what may be an address with colons is looked at more closely. */
const TOKEN = new RegExp(
  `(?<blank>\\s+)|(?<connective>&&|\\|\\||[()!])|\\\\(?<escaped>[^ !()\\n\\t]+)|(?<colons>(?:[0-9A-Fa-f]{0,4}:){2,}[0-9A-Fa-f.]*)|(?<word>${WORD})`,
  'y',
);

const LEADING_WORD = new RegExp(`^${WORD}`);

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
 * @throws FilterHostNameError for a word that is neither of the filter language, nor an address or number, nor the name
 * of a port or protocol
 */
export function checkCaptureFilter(filter: string): void {
  const bytes = new TextEncoder().encode(filter).length;
  if (bytes > MAX_FILTER_BYTES) throw new FilterTooLongError(bytes, MAX_FILTER_BYTES);
  let nameAllowed = false;
  let behindOperator = false;
  for (const { kind, text } of tokens(filter)) {
    if (kind === 'name' && !nameAllowed) {
      // No name can follow an operator, or a character that is none of the language's: libpcap reads no further.
      if (behindOperator) return;
      throw new FilterHostNameError(text);
    }
    if (kind === 'keyword') nameAllowed = NAME_KINDS.has(text);
    behindOperator = kind === 'operator';
  }
}

interface Token {
  readonly kind: 'keyword' | 'connective' | 'literal' | 'name' | 'operator';
  readonly text: string;
}

function* tokens(filter: string): Generator<Token> {
  for (let at = 0; at < filter.length; ) {
    TOKEN.lastIndex = at;
    const { blank, connective, escaped, colons, word } = TOKEN.exec(filter)?.groups ?? {};
    // "dead:beef" is no address: libpcap goes on with the word in front of the colon.
    const address = colons !== undefined && (MAC.test(colons) || isIPv6(colons)) ? colons : undefined;
    const plain = word ?? (colons !== undefined && address === undefined ? LEADING_WORD.exec(colons)?.[0] : undefined);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    if (escaped !== undefined) yield { kind: 'name', text: escaped };
    else if (connective !== undefined) yield { kind: 'connective', text: connective };
    else if (address !== undefined) yield { kind: 'literal', text: address };
    else if (plain !== undefined) yield { kind: kindOfWord(plain), text: plain };
    else yield { kind: 'operator', text: filter.charAt(at) };
    at += escaped === undefined ? (connective ?? address ?? plain ?? ' ').length : escaped.length + 1;
  }
}

function kindOfWord(word: string): Token['kind'] {
  if (CONNECTIVES.has(word)) return 'connective';
  if (KEYWORDS.has(word) || NAME_KINDS.has(word)) return 'keyword';
  return LITERAL.test(word) ? 'literal' : 'name';
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
