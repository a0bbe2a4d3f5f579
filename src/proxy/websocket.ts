import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { messageOf } from "../kernel/index.ts";
import { withoutHubSetCookies } from "./cookies.ts";
import { type Face, originForm } from "./face.ts";
import { hasForeignOrigin } from "./gate/cross-site.ts";
import { outgoingHead } from "./request-head.ts";
import type { Route } from "./routes/route.ts";
import type { ResponseSink, UpstreamConnection } from "./upstream/connection.ts";
import type { ResponseHead } from "./upstream/response-head.ts";

/** Whether Node should treat a request as an upgrade: only `GET` with `Upgrade: websocket`; others are plain requests. */
export function isWebsocket(req: IncomingMessage): boolean {
  return req.method === "GET" && req.headers.upgrade?.toLowerCase() === "websocket";
}

/** Connects a websocket to its target (contract 7.7). `early` are bytes that came behind the request's head. */
export function handleUpgrade(face: Face, req: IncomingMessage, socket: Duplex, early: Buffer): void {
  // Until the tunnel takes over, an error here means only that the client is gone.
  socket.on("error", () => socket.destroy());
  face.upgraded.add(socket);
  socket.once("close", () => face.upgraded.delete(socket));
  // A websocket may be silent for as long as it likes.
  req.socket.setTimeout(0);

  const uri = originForm(req.url);
  if (uri === undefined) {
    face.errors.replyUpgrade(req, socket, 400, "the request URI is neither a path nor an HTTP URL");
    return;
  }
  let route: Route | undefined;
  try {
    route = face.table.find(uri);
  } catch (error) {
    face.errors.replyUpgrade(req, socket, 500, messageOf(error));
    return;
  }
  if (route === undefined) {
    face.errors.replyUpgrade(req, socket, 404, "no route");
    return;
  }
  if (route.gate !== undefined) {
    const verdict = face.gate.judge({ method: "GET", uri, rawHeaders: req.rawHeaders, upgrade: true }, route.gate);
    if (verdict.kind !== "open") {
      const why = hasForeignOrigin(req.rawHeaders) ? "a websocket from another site" : "no valid gate pass";
      face.errors.replyUpgrade(req, socket, 403, why);
      return;
    }
  }
  const head = outgoingHead(
    {
      method: "GET",
      uri,
      rawHeaders: req.rawHeaders,
      http10: req.httpVersionMinor === 0,
      peer: req.socket.remoteAddress,
      encrypted: "encrypted" in req.socket,
      upgrade: true,
    },
    route,
    face.xForward,
  );
  if ("refused" in head) {
    face.errors.replyUpgrade(req, socket, 400, head.refused);
    return;
  }
  new Tunnel(face, req, socket, early, route).begin(head.text);
}

/** A websocket between a client and a target; or, when the target refuses, its answer relayed. */
class Tunnel implements ResponseSink {
  readonly #face: Face;
  readonly #req: IncomingMessage;
  readonly #client: Duplex;
  readonly #early: Buffer;
  readonly #route: Route;
  #connection: UpstreamConnection | undefined;
  #answered = false;

  constructor(face: Face, req: IncomingMessage, client: Duplex, early: Buffer, route: Route) {
    this.#face = face;
    this.#req = req;
    this.#client = client;
    this.#early = early;
    this.#route = route;
  }

  begin(head: string): void {
    // A connection of its own: it will not come back, and no idle one may be lost to it.
    const connection = this.#route.upstream.open();
    this.#connection = connection;
    this.#client.once("close", () => this.#connection?.abort());
    connection.start(this, "GET", head, true);
  }

  onUpgrade(head: ResponseHead, target: Socket, rest: Buffer): void {
    this.#connection = undefined;
    const client = this.#client;
    target.on("error", () => target.destroy());
    if (client.destroyed) {
      target.destroy();
      return;
    }
    target.setTimeout(0);
    this.#face.upgraded.add(target);
    target.once("close", () => this.#face.upgraded.delete(target));
    client.write(this.#answer(head, "Connection: Upgrade\r\nUpgrade: websocket\r\n"), "latin1");
    if (rest.length > 0) client.write(rest);
    if (this.#early.length > 0) target.write(this.#early);
    const { clock } = this.#face;
    const route = this.#route;
    join(client, target, () => {
      route.lastActivity = clock.now();
    });
    route.lastActivity = clock.now();
  }

  onHead(head: ResponseHead): void {
    this.#answered = true;
    // The end of the connection ends a body whose length is not given: the target's chunks were undone.
    this.#client.write(this.#answer(head, "Connection: close\r\n"), "latin1");
  }

  onWhole(head: ResponseHead, body: Buffer): void {
    this.onHead(head);
    this.onEnd(body);
  }

  onData(piece: Buffer): void {
    if (this.#client.write(piece)) return;
    const socket = this.#connection?.socket;
    socket?.pause();
    this.#client.once("drain", () => socket?.resume());
  }

  onEnd(last: Buffer | undefined): void {
    this.#connection = undefined;
    this.#client.end(last);
  }

  onFail(error: Error): void {
    this.#connection = undefined;
    if (this.#answered) this.#client.destroy();
    else if (!this.#client.destroyed) {
      this.#face.errors.replyUpgrade(this.#req, this.#client, 503, messageOf(error));
    }
  }

  #answer(head: ResponseHead, hopByHop: string): string {
    const kept = this.#route.hub ? head.headers : withoutHubSetCookies(head.headers);
    const headers = this.#face.strict.applied(kept);
    let text = `HTTP/1.1 ${head.status} ${head.message}\r\n`;
    for (let i = 0; i + 1 < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
    return `${text}${hopByHop}\r\n`;
  }

  onContinue(): void {}

  onDrain(): void {}
}

/** Pipes two sockets into each other until either ends, which ends the other. Bytes of either are activity. */
function join(client: Duplex, target: Duplex, touch: () => void): void {
  pipe(client, target, touch);
  pipe(target, client, touch);
  client.resume();
  target.resume();
}

function pipe(from: Duplex, to: Duplex, touch: () => void): void {
  from.on("data", (piece: Buffer) => {
    touch();
    if (!to.write(piece)) from.pause();
  });
  to.on("drain", () => from.resume());
  from.on("end", () => closeAfterWriting(to));
  from.on("close", () => closeAfterWriting(to));
}

/** Sends what is still to be sent, then closes both directions. */
function closeAfterWriting(socket: Duplex): void {
  if (socket.destroyed) return;
  socket.end(() => socket.destroy());
}
