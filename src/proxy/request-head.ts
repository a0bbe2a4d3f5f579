import { withoutHubCookies } from "./cookies.ts";
import type { Route } from "./routes/route.ts";
import { targetUri } from "./target.ts";

/** What is behind a request's head. */
export type RequestBody = "none" | "length" | "chunked";

/** What a request head is made of. */
export interface IncomingHead {
  readonly method: string;
  /** Request URI in origin form: `/path?query`. */
  readonly uri: string;
  /** Names and values in turn, as Node's parser gives them. */
  readonly rawHeaders: readonly string[];
  readonly http10: boolean;
  /** Address of the peer; `undefined` on a unix socket. */
  readonly peer: string | undefined;
  /** Whether the client's connection is TLS. */
  readonly encrypted: boolean;
  readonly upgrade: boolean;
}

/** The head to send to the target, or why the request is refused. */
export type OutgoingHead =
  | { readonly text: string; readonly body: RequestBody; readonly expectContinue: boolean }
  | { readonly refused: string };

const NO_NAMES: ReadonlySet<string> = new Set();
const METHODS_WITHOUT_BODY: ReadonlySet<string> = new Set(["GET", "HEAD", "TRACE", "CONNECT"]);
/** `Connection` may not take these away: they frame the message or say where it goes. */
const NOT_HOP_BY_HOP: ReadonlySet<string> = new Set(["host", "content-length", "transfer-encoding", "cookie"]);

/**
 * Writes the head of a proxied request in one pass over the client's headers, which go through byte for byte but
 * for: hop-by-hop headers, the hub's cookies, `X-Forwarded-*`, and what the route adds. Node's parser has refused
 * malformed messages already; framing is checked here again, because a smuggled request would pass every gate.
 */
export function outgoingHead(incoming: IncomingHead, route: Route, xForward: boolean): OutgoingHead {
  return write(incoming, route, xForward, NO_NAMES);
}

function write(incoming: IncomingHead, route: Route, xForward: boolean, named: ReadonlySet<string>): OutgoingHead {
  const { method, rawHeaders, upgrade } = incoming;
  const added = route.added;
  const dropsNamed = named.size > 0;
  const dropsAdded = added.names.size > 0;
  let text = `${method} ${targetUri(route.upstream.target, incoming.uri)} HTTP/1.1\r\n`;
  let host: string | undefined;
  let lengths = 0;
  let empty = false;
  let encodings = 0;
  let expectContinue = false;
  let forwardedFor: string | undefined;
  let forwardedPort: string | undefined;
  let forwardedProto: string | undefined;
  let forwardedHost: string | undefined;

  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    let value = rawHeaders[i + 1] ?? "";
    // By length first: comparing every name in lower case with every special one would be most of the work.
    switch (name.length) {
      case 2:
        if (name.toLowerCase() === "te") continue;
        break;
      case 4:
        if (name.toLowerCase() === "host") {
          if (host !== undefined) return { refused: "it has two Host headers" };
          host = value;
        }
        break;
      case 6: {
        const lower = name.toLowerCase();
        if (lower === "expect") expectContinue = true;
        else if (lower === "cookie" && !route.hub) {
          const kept = withoutHubCookies(value, route.gate !== undefined);
          if (kept === undefined) continue;
          value = kept;
        }
        break;
      }
      case 7: {
        const lower = name.toLowerCase();
        if (lower === "upgrade" || lower === "trailer") continue;
        break;
      }
      case 10: {
        const lower = name.toLowerCase();
        if (lower === "keep-alive") continue;
        if (lower === "connection") {
          if (!dropsNamed && !isPlainConnection(value)) {
            return write(incoming, route, xForward, namedByConnection(rawHeaders));
          }
          continue;
        }
        break;
      }
      case 14:
        if (name.toLowerCase() === "content-length") {
          if (!/^\d{1,15}$/.test(value)) return { refused: "its Content-Length is malformed" };
          lengths++;
          empty = Number(value) === 0;
        }
        break;
      case 15:
        if (xForward && name.toLowerCase() === "x-forwarded-for") {
          forwardedFor = joined(forwardedFor, value);
          continue;
        }
        break;
      case 16: {
        const lower = name.toLowerCase();
        if (lower === "proxy-connection") continue;
        if (xForward && lower === "x-forwarded-port") {
          forwardedPort = joined(forwardedPort, value);
          continue;
        }
        if (xForward && lower === "x-forwarded-host") {
          forwardedHost ??= value;
          continue;
        }
        break;
      }
      case 17: {
        const lower = name.toLowerCase();
        if (lower === "transfer-encoding") {
          if (value.toLowerCase() !== "chunked") return { refused: "its Transfer-Encoding is not “chunked”" };
          encodings++;
          continue;
        }
        if (xForward && lower === "x-forwarded-proto") {
          forwardedProto = joined(forwardedProto, value);
          continue;
        }
        break;
      }
    }
    if (dropsAdded && added.names.has(name.toLowerCase())) continue;
    if (dropsNamed && named.has(name.toLowerCase())) continue;
    text += `${name}: ${value}\r\n`;
  }

  if (lengths > 1) return { refused: "it has two Content-Length headers" };
  if (encodings > 1) return { refused: "it has two Transfer-Encoding headers" };
  if (encodings > 0 && lengths > 0) return { refused: "it has both Content-Length and Transfer-Encoding" };
  if (encodings > 0 && incoming.http10) return { refused: "HTTP/1.0 has no Transfer-Encoding" };
  const body: RequestBody = encodings > 0 ? "chunked" : lengths > 0 && !empty ? "length" : "none";
  if (upgrade && body !== "none") return { refused: "an upgrade cannot have a body" };

  if (body === "chunked") text += "Transfer-Encoding: chunked\r\n";
  else if (lengths === 0 && !METHODS_WITHOUT_BODY.has(method)) text += "Content-Length: 0\r\n";
  if (xForward) {
    const secure = incoming.encrypted;
    const proto = upgrade ? (secure ? "wss" : "ws") : secure ? "https" : "http";
    const peer = incoming.peer;
    if (peer !== undefined) text += `X-Forwarded-For: ${joined(forwardedFor, peer)}\r\n`;
    else if (forwardedFor !== undefined) text += `X-Forwarded-For: ${forwardedFor}\r\n`;
    text += `X-Forwarded-Port: ${joined(forwardedPort, portOf(host, secure))}\r\nX-Forwarded-Proto: ${joined(forwardedProto, proto)}\r\n`;
    // Not added on upgrades (contract 7.6), but what came is passed on.
    const shown = upgrade ? forwardedHost : (forwardedHost ?? host);
    if (shown !== undefined) text += `X-Forwarded-Host: ${shown}\r\n`;
  }
  text += added.block;
  text += upgrade ? "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n" : "Connection: keep-alive\r\n\r\n";
  return { text, body, expectContinue };
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before},${value}`;
}

/** The port in a Host header, else the scheme's. */
function portOf(host: string | undefined, encrypted: boolean): string {
  if (host !== undefined) {
    const colon = host.lastIndexOf(":");
    // In `[::1]` the last colon belongs to the address.
    if (colon !== -1 && !host.endsWith("]")) return host.slice(colon + 1);
  }
  return encrypted ? "443" : "80";
}

/** Whether a `Connection` header names no header that needs to be dropped. */
function isPlainConnection(value: string): boolean {
  if (value === "keep-alive" || value === "close" || value === "Upgrade") return true;
  const lower = value.toLowerCase();
  return lower === "keep-alive" || lower === "close" || lower === "upgrade";
}

/** Lower-case names in all `Connection` headers. Never empty, so that the second pass is the last. */
function namedByConnection(rawHeaders: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>(["connection"]);
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== "connection") continue;
    for (const token of (rawHeaders[i + 1] ?? "").toLowerCase().split(",")) {
      const name = token.trim();
      if (name !== "" && !NOT_HOP_BY_HOP.has(name)) names.add(name);
    }
  }
  return names;
}
