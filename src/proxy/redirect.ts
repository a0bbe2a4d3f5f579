/** The face of plain HTTP beside one of HTTPS: it leads there and serves nothing. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { pathOf } from "./error-replies.ts";
import { originForm } from "./face.ts";
import type { ProxyLog, PublicHost } from "./options.ts";

export interface RedirectTarget {
  /** The name people type, which wins over what the client says. */
  readonly host: PublicHost | undefined;
  /** Where HTTPS is spoken. */
  readonly port: number;
}

/** What clients may take of it. */
export interface RedirectLimits {
  /** A browser's request is whole in one piece; whoever needs longer than this is not waited for. Milliseconds. */
  readonly requestMs: number;
  /** More at once can only be slow ones: the oldest gives way, so that they keep nobody out and take no descriptors away. */
  readonly connections: number;
}

const LIMITS: RedirectLimits = { requestMs: 10_000, connections: 200 };
const CHECK_MS = 1_000;
const MAX_HEAD_BYTES = 16_384;
const HTTPS_PORT = 443;
/** Reserved for proofs to a certificate authority (RFC 8555, 8.3), which are asked for by plain HTTP. */
const PROOFS = "/.well-known/acme-challenge/";
/** A name or an address with an optional port, and nothing that would end it within a URL. */
const HOST = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?)(?::\d{1,5})?$/;

/** @param target asked for at each request; undefined when there is no HTTPS to lead to */
export function createRedirectServer(
  target: () => RedirectTarget | undefined,
  log: ProxyLog,
  { requestMs, connections }: RedirectLimits = LIMITS,
): Server {
  const answer = (req: IncomingMessage, res: ServerResponse): void => {
    const { status, location } = redirectOf(target(), req);
    log.debug({ status, method: req.method, path: pathOf(req.url) }, "redirect");
    // Not to be kept: what a client said of the host is in it, and HTTPS may go away again. Nothing here is fit for HSTS.
    const headers = ["Connection", "close", "Content-Length", "0", "Cache-Control", "no-store"];
    res.writeHead(status, location === undefined ? headers : [...headers, "Location", location]).end();
  };
  const behaviour = {
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: requestMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.min(CHECK_MS, requestMs),
    insecureHTTPParser: false,
    requireHostHeader: false,
  };
  const server = createServer(behaviour, answer);
  // Nobody is asked to send a body that would not be read.
  server.on("checkContinue", answer).on("checkExpectation", answer);
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    const [oldest] = open;
    if (open.size > connections) oldest?.destroy();
  });
  return server;
}

/**
 * 308 for every method: 301 lets a client turn POST into GET (RFC 9110, 15.4.2 and 15.4.9), and what knows TLS 1.2 knows
 * 308 too.
 */
function redirectOf(
  target: RedirectTarget | undefined,
  req: IncomingMessage,
): { readonly status: number; readonly location?: string } {
  const uri = originForm(req.url);
  if (uri === undefined) return { status: 400 };
  if (target === undefined || uri.startsWith(PROOFS)) return { status: 404 };
  const name = target.host?.name ?? HOST.exec(req.headers.host ?? "")?.[1];
  if (name === undefined) return { status: 400 };
  const port = target.host?.port ?? target.port;
  return { status: 308, location: `https://${name}${port === HTTPS_PORT ? "" : `:${port}`}${uri}` };
}
