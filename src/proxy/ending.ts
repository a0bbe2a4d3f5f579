import type { Server } from "node:http";
import type { Face } from "./face.ts";

const DRAIN_CHECK_MS = 50;

/** Stops accepting and waits until the last connection is gone, or for `graceMs`. */
export async function drain(servers: readonly Server[], face: Face, graceMs: number): Promise<void> {
  face.draining = true;
  const listening = servers.filter((server) => server.listening);
  const closed = listening.map((server) => new Promise<void>((resolve) => void server.close(() => resolve())));
  if (graceMs <= 0 || closed.length === 0) return;
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const check = setInterval(() => {
    for (const server of listening) server.closeIdleConnections();
  }, DRAIN_CHECK_MS);
  const limit = setTimeout(resolve, graceMs);
  await Promise.race([Promise.all(closed), late]);
  clearInterval(check);
  clearTimeout(limit);
}

/** Ends every connection of a server at once, with those that switched protocols when it is the face's. */
export function cut(server: Server, face?: Face): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // `close` fails only when the server does not listen, which is what is wanted.
  server.close(() => resolve());
  server.closeAllConnections();
  for (const socket of face?.upgraded ?? []) socket.destroy();
  return promise;
}
