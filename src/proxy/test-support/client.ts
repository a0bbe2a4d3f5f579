import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from "node:http";
import { request as httpsRequest } from "node:https";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  /** By HTTPS, whatever the certificate. */
  readonly secure?: boolean;
}

/** Sends one request on a connection of its own; unlike `fetch` it sends path and headers exactly as given. */
export function ask(
  port: number,
  path: string,
  { method = "GET", headers = {}, body, secure = false }: Ask = {},
): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const options = { host: "127.0.0.1", port, path, method, headers, agent: false, timeout: 10_000 } as const;
  const answered = (response: IncomingMessage): void => {
    let text = "";
    response.setEncoding("latin1");
    response.on("data", (piece: string) => {
      text += piece;
    });
    response.on("error", reject);
    response.on("end", () => {
      const { statusCode: status = 0, headers, rawHeaders } = response;
      resolve({ status, headers, rawHeaders, body: text });
    });
  };
  const request = secure
    ? httpsRequest({ ...options, rejectUnauthorized: false }, answered)
    : httpRequest(options, answered);
  request.on("timeout", () => request.destroy(new Error(`no answer to ${method} ${path}`)));
  request.on("error", reject);
  request.end(body);
  return promise;
}

/** A connection of bytes. */
export interface RawClient {
  readonly socket: Socket;
  /** Everything received so far. */
  received(): string;
  send(text: string): void;
  /** Resolves with what was received once it contains `text`. */
  until(text: string): Promise<string>;
  /** Resolves with what was received once the other side has closed. */
  closed(): Promise<string>;
}

export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect({ host: "127.0.0.1", port });
  let received = "";
  let ended = false;
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    ended = true;
  });
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  return {
    socket,
    received: () => received,
    send: (text) => void socket.write(text, "latin1"),
    until: async (text) => {
      await eventually(() => received.includes(text) || ended, `“${text}” to arrive; got “${received}”`);
      return received;
    },
    closed: async () => {
      await eventually(() => ended, `the connection to close; got “${received}”`);
      return received;
    },
  };
}

/** Waits until `condition` holds. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  limitMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await delay(5);
  }
}
