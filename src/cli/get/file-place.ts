import type { Patience } from './patience.ts';

/** Where the files of a capture are, and commands can be run. */
export interface FilePlace {
  /** The folder that captures are written to; absolute. */
  readonly directory: string;
  /** Of the agent; for messages. */
  readonly pod: string;
  /** What a command writes to stdout, as it comes. argv as it is: there is no shell. */
  run(command: readonly string[], signal: AbortSignal): AsyncIterable<Buffer>;
}

/** More than the names of all files that a folder is likely to have. */
const MOST_BYTES = 16 * 1024 * 1024;

/** All that a short command writes, tried again where the way to it is cut. */
export async function readOutput(place: FilePlace, command: readonly string[], patience: Patience, signal: AbortSignal): Promise<Buffer> {
  return patience.keepTrying(async () => {
    const collected: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of place.run(command, signal)) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) throw new RangeError(`${command[0] ?? ''} wrote more than ${MOST_BYTES} bytes`);
      collected.push(chunk);
    }
    return Buffer.concat(collected, bytes);
  });
}
