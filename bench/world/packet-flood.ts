import { execa } from 'execa';
import { NUMBERED_HEADER_BYTES, PORT } from './numbered-packets.ts';

/** Paces by the clock in steps of half a millisecond; a step that comes late is made up for at once. */
const PERL = `
use strict; use warnings; use Socket; use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);
my ($address, $port, $stream, $rate, $count, $padding, $first, $step) = @ARGV;
socket(my $socket, PF_INET, SOCK_DGRAM, 0) or die "socket: $!";
my ($to, $tail, $n) = (pack_sockaddr_in($port, inet_aton($address)), 'x' x $padding, 0);
my $begun = clock_gettime(CLOCK_MONOTONIC);
while ($n < $count) {
  my $due = (clock_gettime(CLOCK_MONOTONIC) - $begun) * $rate;
  $due = $count if $due > $count;
  if ($due <= $n) { sleep 0.0005; next }
  for (; $n < $due; $n++) { defined send($socket, pack('a4NN', 'PCBN', $stream, $first + $n * $step) . $tail, 0, $to) or die "send: $!" }
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

/** Two keep up where one that waits for its turn on a busy machine does not. */
const SENDERS = 2;

/**
 * Sends numbered UDP packets faster than Node could, from several processes. Resolves with the rate that was really
 * reached, in packets per second.
 * @param flood.count a multiple of the number of processes: even
 */
export async function sendFlood({ address, stream, rate, count, bytes }: Flood): Promise<number> {
  const argv = [address, PORT, stream, rate / SENDERS, count / SENDERS, bytes - NUMBERED_HEADER_BYTES];
  const senders = Array.from({ length: SENDERS }, async (_, first) => {
    const { stdout } = await execa('perl', ['-e', PERL, ...[...argv, first, SENDERS].map(String)]);
    return Number(stdout);
  });
  return count / Math.max(...(await Promise.all(senders)));
}
