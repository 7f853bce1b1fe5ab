// Checks the last line of `npm run demo -- --json` against the files that it names, with tcpdump and nothing of ours.
import { execFileSync } from 'node:child_process';

const { captures, sent, createToRunningMs } = JSON.parse(process.argv[2]);
const requests = captures.flatMap(({ files }) =>
  files.flatMap(({ path }) => execFileSync('tcpdump', ['-n', '-r', path, 'icmp[icmptype] == icmp-echo'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim().split('\n')),
);
const found = requests.filter((line) => line.includes('ICMP echo request')).length;
console.log(`${found} echo requests in the files, ${sent.icmpEchoRequests} sent; running after ${createToRunningMs} ms`);
process.exit(found === sent.icmpEchoRequests && captures.every(({ progress }) => progress === 'finished') ? 0 : 1);
