// A TCP server that sends back what it gets, or a client that sends lines and waits for each to come back.
//   node traffic.mjs serve PORT     node traffic.mjs talk ADDRESS PORT LINES
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const [role, ...given] = process.argv.slice(2);
if (role === 'serve') {
  createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(Number(given[0]), '0.0.0.0');
  process.once('SIGTERM', () => process.exit(0));
} else {
  const [address, port, lines] = given;
  const socket = connect(Number(port), address);
  await once(socket, 'connect');
  for (let line = 0; line < Number(lines); line += 1) {
    socket.write(`line ${line}\n`);
    await once(socket, 'data');
  }
  socket.end();
  await once(socket, 'close');
}
