// Runs in the Pod `server`: sends back what comes by TCP, takes what comes by UDP. Ends with its stdin.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

const [tcpPort, udpPort] = process.argv.slice(2).map(Number);

const echo = createServer((connection) => connection.pipe(connection).on('error', () => connection.destroy())).listen(tcpPort);
const sink = createSocket('udp4').bind(udpPort);
await Promise.all([once(echo, 'listening'), once(sink, 'listening')]);
process.stdin.on('end', () => process.exit()).resume();
console.log('ready');
