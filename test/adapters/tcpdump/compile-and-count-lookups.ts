import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** In a network of its own, with itself as the name server: compiles filters and prints which of them asked for a name. */
const filters = JSON.parse(await text(process.stdin)) as string[];
let lookups = 0;
const server = createSocket('udp4');
server.on('message', (query, { port, address }) => {
  lookups += 1;
  const answer = Buffer.from(query);
  answer.writeUInt16BE(0x8183, 2); // a response: there is no such name
  server.send(answer, port, address);
});
server.bind(53, '127.0.0.1');
await once(server, 'listening');
const askers: string[] = [];
for (const filter of filters) {
  const before = lookups;
  await new Promise<void>((resolve) => execFile('tcpdump', ['-y', 'EN10MB', '-n', '-ddd', '--', filter], () => resolve()));
  // Whoever asks waits for the answer, so it was counted by now.
  if (lookups > before) askers.push(filter);
}
server.close();
console.log(JSON.stringify(askers));
