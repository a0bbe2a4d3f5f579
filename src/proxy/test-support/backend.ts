import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createNetServer, type Server as NetServer, type Socket } from "node:net";
import type { Closable } from "../../kernel/index.ts";

/** A request as a backend saw it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  /** Names in lower case, values joined as Node does. */
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export interface Backend extends Closable {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  /** Complete requests, oldest first. */
  readonly seen: Seen[];
}

/** A real HTTP server that remembers what it was asked; `answer` replies once the body is there (default 200 `ok`). */
export async function startBackend(
  answer: (res: ServerResponse, seen: Seen) => void = (res) => res.end("ok"),
  socketPath?: string,
): Promise<Backend> {
  const seen: Seen[] = [];
  const server = createServer(async (req, res) => {
    let body = "";
    for await (const piece of req.setEncoding("latin1")) body += piece;
    const { method = "", url = "", headers, rawHeaders } = req;
    const request = { method, url, headers, rawHeaders, body };
    seen.push(request);
    answer(res, request);
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => {
    if (socketPath === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(socketPath, resolve);
  });
  const port = socketPath === undefined ? (server.address() as AddressInfo).port : 0;
  const url = socketPath === undefined ? `http://127.0.0.1:${port}` : `http+unix://${encodeURIComponent(socketPath)}`;
  return { url, port, server, seen, close: () => closeServer(server) };
}

export interface RawBackend extends Closable {
  readonly url: string;
  readonly port: number;
  /** Every connection so far with the bytes it brought. */
  readonly connections: { readonly socket: Socket; received: string }[];
}

/** A server of bytes: `onBytes` is called with everything that one connection has brought so far. */
export async function startRawBackend(onBytes: (socket: Socket, received: string) => void): Promise<RawBackend> {
  const connections: { readonly socket: Socket; received: string }[] = [];
  const server: NetServer = createNetServer((socket) => {
    const connection = { socket, received: "" };
    connections.push(connection);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      connection.received += chunk.toString("latin1");
      onBytes(socket, connection.received);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    connections,
    close: async () => {
      for (const { socket } of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
