import type { Socket } from 'node:net';

/** Ends a connection so that its other end sees it break. */
export function resetSocket(socket: Socket | null): void {
  if (socket === null) return;
  // A TLS socket has no RST of its own; one that ends without close_notify, in the middle of an answer, is broken all the same.
  if ('encrypted' in socket) socket.destroy();
  else socket.resetAndDestroy();
}
