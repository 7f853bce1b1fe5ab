import { execa } from 'execa';
import { NUMBERED_HEADER_BYTES, PORT } from './numbered-packets.ts';

/** Paces by the clock in steps of half a millisecond; a step that comes late is made up for at once. */
const PERL = `
use strict; use warnings; use Socket; use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);
my ($address, $port, $stream, $rate, $count, $padding) = @ARGV;
socket(my $socket, PF_INET, SOCK_DGRAM, 0) or die "socket: $!";
my ($to, $tail, $n) = (pack_sockaddr_in($port, inet_aton($address)), 'x' x $padding, 0);
my $begun = clock_gettime(CLOCK_MONOTONIC);
while ($n < $count) {
  my $due = (clock_gettime(CLOCK_MONOTONIC) - $begun) * $rate;
  $due = $count if $due > $count;
  if ($due <= $n) { sleep 0.0005; next }
  for (; $n < $due; $n++) { defined send($socket, pack('a4NN', 'PCBN', $stream, $n) . $tail, 0, $to) or die "send: $!" }
}
printf "%.6f", clock_gettime(CLOCK_MONOTONIC) - $begun;
`;

export interface Flood {
  readonly address: string;
  readonly stream: number;
  /** Packets per second. */
  readonly rate: number;
  readonly count: number;
  /** Of UDP payload. */
  readonly bytes: number;
}

/** Sends numbered UDP packets faster than Node could. Resolves with the rate that was really reached, in packets per second. */
export async function sendFlood({ address, stream, rate, count, bytes }: Flood): Promise<number> {
  const argv = [address, PORT, stream, rate, count, bytes - NUMBERED_HEADER_BYTES].map(String);
  const { stdout } = await execa('perl', ['-e', PERL, ...argv]);
  return count / Number(stdout);
}
