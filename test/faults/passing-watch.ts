import type { IncomingMessage, ServerResponse } from 'node:http';
import { resetSocket } from './reset-socket.ts';

/** A watch on its way from the server to a client, line by line. */
export class PassingWatch {
  /** Resolves when it has ended, from whichever side. */
  readonly over: Promise<void>;
  readonly #answer: IncomingMessage;
  readonly #response: ServerResponse;
  #cutsNext = false;
  #isPaused = false;
  #isBroken = false;

  constructor(answer: IncomingMessage, response: ServerResponse) {
    this.#answer = answer;
    this.#response = response;
    response.writeHead(200, { 'content-type': answer.headers['content-type'] ?? 'application/json' });
    response.flushHeaders();
    this.over = new Promise((resolve) => response.once('close', resolve));
    answer.on('data', (chunk: Buffer) => this.#pass(chunk));
    answer.once('end', () => response.end());
    // The server was killed; the client sees the same, unless nothing reaches it at the time.
    answer.once('error', () => {
      this.#isBroken = true;
      if (!this.#isPaused) this.#reset();
    });
  }

  /** Resets the client's connection in the middle of a line. */
  cut(): void {
    this.#send('{"type":"MODIFIED","object":{"apiVersion":"pcapper.io/v1al', () => this.#reset());
  }

  /** Passes the first half of what comes next, and resets the connection. */
  cutInNextLine(): void {
    this.#cutsNext = true;
  }

  pause(): void {
    this.#isPaused = true;
    this.#answer.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#answer.resume();
    if (this.#isBroken) this.#reset();
  }

  #pass(chunk: Buffer): void {
    if (this.#cutsNext) {
      this.#send(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => this.#reset());
    } else {
      this.#send(chunk);
    }
  }

  #send(bytes: Buffer | string, sent: () => void = () => undefined): void {
    if (this.#response.writable) this.#response.write(bytes, sent);
    else sent();
  }

  #reset(): void {
    this.#answer.destroy();
    resetSocket(this.#response.socket);
  }
}
