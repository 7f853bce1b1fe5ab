// Runs in the Pod `client`: exchanges with the server by TCP, and datagrams to it by UDP, spread over some time.
// Prints a line `tcp` or `udp` after each.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const [server = '', ...numbers] = process.argv.slice(2);
const [tcpPort = 0, exchanges = 0, udpPort = 0, datagrams = 0, milliseconds = 0] = numbers.map(Number);

await Promise.all([
  spread(exchanges, async (index) => {
    const said = `exchange ${index} of ${exchanges}`;
    const connection = connect(tcpPort, server);
    connection.end(said);
    const answer = await text(connection);
    if (answer !== said) throw new Error(`said ${JSON.stringify(said)}, heard ${JSON.stringify(answer)}`);
    console.log('tcp');
  }),
  spread(datagrams, async (index) => {
    const socket = createSocket('udp4');
    socket.send(`datagram ${index} of ${datagrams}`, udpPort, server, () => socket.close());
    await once(socket, 'close');
    console.log('udp');
  }),
]);

async function spread(count: number, act: (index: number) => Promise<void>): Promise<void> {
  for (let index = 1; index <= count; index += 1) {
    await act(index);
    await sleep(milliseconds / count);
  }
}
