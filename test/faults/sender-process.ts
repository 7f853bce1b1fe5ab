// Sends numbered packets from where it is started, until SIGTERM; says on stdout the number and the time before and after each.
import { createSocket } from 'node:dgram';
import { LEAST_PAYLOAD, MARK } from './checker/numbered-packet.ts';

const [to = '', port = '9', sender = '0', bytes = '100', everyMs = '5'] = process.argv.slice(2);
const payload = Buffer.alloc(Math.max(Number(bytes), LEAST_PAYLOAD), 'x');
MARK.copy(payload);
payload.writeUInt32BE(Number(sender), MARK.length);
const socket = createSocket('udp4');
let number = 0;
let said = '';

function send(): void {
  const mine = number++;
  payload.writeUInt32BE(mine, MARK.length + 4);
  const before = Date.now();
  // A copy, since the socket reads it later. What cannot be sent (no route, no device) was not sent.
  socket.send(Buffer.from(payload), Number(port), to, (error) => {
    if (error === null) said += `${mine} ${before} ${Date.now() + 1}\n`;
  });
}

socket.on('error', () => undefined);
const sending = setInterval(send, Number(everyMs));
const saying = setInterval(say, 20);

function say(): void {
  if (said !== '') process.stdout.write(said);
  said = '';
}

process.once('SIGTERM', () => {
  clearInterval(sending);
  clearInterval(saying);
  socket.close(say);
});
