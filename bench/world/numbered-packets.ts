import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { openSync, closeSync, fstatSync, readSync } from 'node:fs';

/** UDP discard (RFC 863): nobody needs to listen. */
export const PORT = 9;

/** What the packets of this bench begin with; the number of their stream and their own follow, 32 bits each (network order). */
const MAGIC = 'PCBN';
export const NUMBERED_HEADER_BYTES = 12;

/** Sends UDP datagrams that carry their own number, from 0 on. */
export class NumberedSender implements Disposable {
  /** Packets that the kernel has taken. */
  sent = 0;
  readonly #socket: Socket;
  readonly #stream: number;

  static async open(address: string, stream: number): Promise<NumberedSender> {
    const socket = createSocket('udp4');
    // A Pod without a listener answers that the port is unreachable.
    socket.on('error', () => undefined);
    socket.connect(PORT, address);
    await once(socket, 'connect');
    return new NumberedSender(socket, stream);
  }

  private constructor(socket: Socket, stream: number) {
    this.#socket = socket;
    this.#stream = stream;
  }

  /** Resolves when the kernel has taken it. A refusal of an earlier packet is reported with this one, which is then sent again. */
  async send(): Promise<void> {
    const payload = Buffer.alloc(100);
    payload.write(MAGIC, 'latin1');
    payload.writeUInt32BE(this.#stream, 4);
    payload.writeUInt32BE(this.sent, 8);
    while (!(await this.#sendOnce(payload)));
    this.sent += 1;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #sendOnce(payload: Buffer): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#socket.send(payload, (error) => {
        if (error && (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') reject(error);
        else resolve(error === null);
      });
    });
  }
}

/** The numbers of a stream's packets that pcap files hold. */
export class FoundNumbers {
  readonly #seen: Uint8Array;
  /** Different numbers. */
  found = 0;
  /** Packets whose number was there already. */
  repeated = 0;

  /** @param count numbers from 0 to this, which is not one of them. */
  constructor(count: number) {
    this.#seen = new Uint8Array(count);
  }

  /** How many of the first so many numbers are not there. */
  missing(first = this.#seen.length): number {
    return this.#seen.subarray(0, first).reduce((sum, seen) => sum + (seen === 0 ? 1 : 0), 0);
  }

  add(number: number): void {
    if (number >= this.#seen.length) return;
    if (this.#seen[number] === 1) this.repeated += 1;
    else this.found += 1;
    this.#seen[number] = 1;
  }
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const ETHERNET_BYTES = 14;
const UDP_HEADER_BYTES = 8;
const CHUNK_BYTES = 4 * 1024 * 1024;
/** pcap-savefile(5), microseconds, written by this machine. */
const PCAP_MAGIC = 0xa1b2c3d4;

/**
 * Reads pcap files (pcap-savefile(5), Ethernet) by itself: nothing of the product has a part in it.
 * @throws Error for a file that is none, or whose last record is cut
 */
export function findNumbers(paths: readonly string[], stream: number, into: FoundNumbers): FoundNumbers {
  for (const path of paths) {
    for (const packet of packetsOf(path)) {
      const number = numberOf(packet, stream);
      if (number !== undefined) into.add(number);
    }
  }
  return into;
}

function* packetsOf(path: string): Generator<Buffer> {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const header = Buffer.alloc(FILE_HEADER_BYTES);
    if (readSync(fd, header, 0, FILE_HEADER_BYTES, 0) < FILE_HEADER_BYTES || header.readUInt32LE(0) !== PCAP_MAGIC) {
      throw new Error(`${path} is no pcap file`);
    }
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let at = FILE_HEADER_BYTES;
    while (at < size) {
      const length = readSync(fd, chunk, 0, CHUNK_BYTES, at);
      let next = 0;
      while (next + RECORD_HEADER_BYTES <= length) {
        const end = next + RECORD_HEADER_BYTES + chunk.readUInt32LE(next + 8);
        if (end > length) break;
        yield chunk.subarray(next + RECORD_HEADER_BYTES, end);
        next = end;
      }
      if (next === 0) throw new Error(`${path} ends with a cut record`);
      at += next;
    }
  } finally {
    closeSync(fd);
  }
}

function numberOf(packet: Buffer, stream: number): number | undefined {
  if (packet.length < ETHERNET_BYTES + 20 || packet.readUInt16BE(12) !== 0x0800 || packet[ETHERNET_BYTES + 9] !== 17) return undefined;
  const payload = ETHERNET_BYTES + ((packet[ETHERNET_BYTES] ?? 0) & 15) * 4 + UDP_HEADER_BYTES;
  if (packet.length < payload + NUMBERED_HEADER_BYTES || packet.toString('latin1', payload, payload + 4) !== MAGIC) return undefined;
  return packet.readUInt32BE(payload + 4) === stream ? packet.readUInt32BE(payload + 8) : undefined;
}
