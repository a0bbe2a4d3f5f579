/** The broker's door: reads a request, finds what it is, and answers. */
import { chmod, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Closable } from "../kernel/index.ts";
import { messageOf, systemCode } from "../kernel/index.ts";
import { Bases } from "./builds/bases.ts";
import { buildRoutes } from "./builds/route.ts";
import { quoted } from "./check-container.ts";
import { containerRoutes } from "./container-routes.ts";
import { Engine } from "./engine.ts";
import { answerOnSocket, type BrokerRoom, type Exchange, type Hijack } from "./exchange.ts";
import type { HostView } from "./host-view.ts";
import { imageRoutes } from "./image-routes.ts";
import { hasNothing } from "./left-over.ts";
import { otherRoutes } from "./other-routes.ts";
import { Pins } from "./pins.ts";
import { placeRoutes } from "./place-routes.ts";
import type { AccountOf, BrokerPolicy } from "./policy.ts";
import { Missing, Refusal } from "./refusal.ts";
import { matchPattern, type Route } from "./route.ts";
import { parseTarget } from "./target.ts";

const ROUTES: readonly Route[] = [...otherRoutes, ...containerRoutes, ...placeRoutes, ...imageRoutes, ...buildRoutes];

/** What is asked of a logger here; pino fits. */
export interface BrokerLog {
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface BrokerOptions {
  readonly engineSocket: string;
  /** Absolute; in a folder that only the hub and the broker reach. */
  readonly listenSocket: string;
  /** Mode of the socket, for example 0o600. */
  readonly socketMode: number;
  /** Where the hub's id is kept: out of the hub's reach. */
  readonly pinsFile: string;
  /** Asked at each request. */
  policy(): BrokerPolicy;
  /** The account of a person on this host, for {account} and for who a server runs as. */
  readonly accountOf: AccountOf;
  readonly view: HostView;
  readonly log: BrokerLog;
}

/** Serves until closed. */
export async function startBroker(options: BrokerOptions): Promise<Closable> {
  const { log, listenSocket } = options;
  const engine = new Engine(options.engineSocket);
  const pins = new Pins(options.pinsFile, (hub) => hasNothing(engine, hub));
  const { policy, accountOf, view } = options;
  const room: BrokerRoom = { engine, pins, bases: new Bases(engine), policy, accountOf, view };
  const server = createServer(
    { requestTimeout: 0, keepAlive: false, maxHeaderSize: 32 * 1024, insecureHTTPParser: false },
    (request, response) => void answer(room, log, request, response),
  );
  server.timeout = 0;
  const taken = new Set<Duplex>();
  server.on("upgrade", (request, socket, head) => {
    taken.add(socket);
    socket.once("close", () => taken.delete(socket));
    void takeOver(room, log, request, { socket, head });
  });
  // No “100 Continue” and no CONNECT: nobody here says so.
  server.on("connect", (_request, socket: Duplex) => socket.destroy());
  server.on("clientError", (error, socket: Duplex) => {
    const code = systemCode(error) ?? "";
    // A hub that ends in the middle of a request has asked for nothing.
    if (!code.startsWith("HPE_") || code === "HPE_INVALID_EOF_STATE") return void socket.destroy();
    log.warn({ why: "it is no HTTP", code }, "refused");
    socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  await rm(listenSocket, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(listenSocket, resolve);
  });
  await chmod(listenSocket, options.socketMode);
  return {
    async close() {
      server.closeAllConnections();
      for (const socket of taken) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  room: BrokerRoom,
  log: BrokerLog,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const ending = new AbortController();
  // Each request has a connection of its own: nothing can be smuggled behind one.
  response.setHeader("connection", "close");
  response.once("close", () => ending.abort());
  const fail = (status: number, message: string) => {
    if (response.headersSent) response.destroy();
    else response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ message }));
    // What is still being sent is read by nobody.
    request.resume();
  };
  await serve({ room, log, request, response, hijack: undefined, signal: ending.signal, fail });
}

async function takeOver(room: BrokerRoom, log: BrokerLog, request: IncomingMessage, hijack: Hijack): Promise<void> {
  const { socket } = hijack;
  const ending = new AbortController();
  socket.once("close", () => ending.abort());
  socket.on("error", () => undefined); // a connection that breaks is closed, which is heard above
  const fail = (status: number, message: string) =>
    answerOnSocket(socket, { status, text: JSON.stringify({ message }) });
  await serve({ room, log, request, response: undefined, hijack, signal: ending.signal, fail });
}

interface Way extends Pick<Exchange, "room" | "request" | "response" | "hijack" | "signal"> {
  readonly log: BrokerLog;
  /** Answers instead of the engine. */
  fail(status: number, message: string): void;
}

async function serve({ log, fail, ...way }: Way): Promise<void> {
  const { room, request } = way;
  const about = { method: request.method, path: (request.url ?? "").split("?")[0]?.slice(0, 300) };
  try {
    await find(request, way.hijack !== undefined)({ ...way, policy: room.policy() });
  } catch (error) {
    if (error instanceof Refusal) {
      if (!(error instanceof Missing))
        log.warn({ ...about, why: error.message }, error.status === 404 ? "hidden" : "refused");
      fail(error.status, error.status === 404 ? error.message : `hublet-broker: ${error.message}`);
      return;
    }
    // The hub went away, or the engine did in the middle of an answer.
    if (way.signal.aborted || systemCode(error) === "ERR_STREAM_PREMATURE_CLOSE") {
      fail(502, "the connection broke off");
      return;
    }
    const gone = ["ENOENT", "ECONNREFUSED", "EACCES", "ECONNRESET", "EPIPE"].includes(systemCode(error) ?? "");
    log.error({ ...about, ...(gone ? { reason: messageOf(error) } : { err: error }) }, "the engine could not be asked");
    fail(gone ? 503 : 500, gone ? `the engine does not answer: ${messageOf(error)}` : "internal error of the broker");
  }
}

/** @throws Refusal for everything that is not known */
function find(request: IncomingMessage, upgrades: boolean): (exchange: Omit<Exchange, "prefix">) => Promise<void> {
  mustBePlain(request);
  const target = parseTarget(request.url ?? "");
  for (const route of ROUTES) {
    const name = route.method === request.method ? matchPattern(route.pattern, target.segments) : undefined;
    if (name === undefined) continue;
    if (route.libpod !== (target.prefix === "/v4.0.0")) break;
    if (upgrades && !route.upgrade) break;
    mustHave(request, route.body);
    return (exchange) => route.run({ ...exchange, prefix: target.prefix }, name, target.query);
  }
  throw new Refusal(`${request.method} ${quoted(target.segments.join("/"))} is nothing that the hub needs`);
}

/** @throws Refusal for headers that could make two readers see two requests */
function mustBePlain({ headers, rawHeaders, httpVersion }: IncomingMessage): void {
  if (httpVersion !== "1.1") throw new Refusal("only HTTP/1.1 is spoken here", 400);
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    if (seen.has(name)) throw new Refusal(`the header ${quoted(name)} stands twice`);
    seen.add(name);
  }
  if (headers["transfer-encoding"] !== undefined && headers["transfer-encoding"] !== "chunked")
    throw new Refusal("the request is encoded in a strange way");
  if (headers["transfer-encoding"] !== undefined && headers["content-length"] !== undefined)
    throw new Refusal("the request has two lengths");
  if (headers.expect !== undefined) throw new Refusal("nothing is expected here");
}

function mustHave({ headers }: IncomingMessage, body: Route["body"]): void {
  const length = headers["content-length"];
  const some = headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
  if (body === "none" && some) throw new Refusal("this request has no body");
  const type = headers["content-type"];
  if (body === "json" && type !== "application/json") throw new Refusal("the request is no JSON");
  if (body === "tar" && (type !== "application/x-tar" || headers["content-encoding"] !== undefined))
    throw new Refusal("the request is no tar");
}
