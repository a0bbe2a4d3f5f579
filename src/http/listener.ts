/** By which door a request came in; each door has its own trust. */
import type { IncomingMessage } from "node:http";
import type { Config } from "../contract/index.ts";
import { clientAddress } from "./trusted-proxies.ts";

/**
 * `private`: the socket that only our account can open: the proxy, and the CLI. Its forwarded headers are true.
 * `servers`: the socket inside people's servers: the API alone, no headers are believed.
 */
export type Listener = "private" | "servers";

const doors = new WeakMap<IncomingMessage, Listener>();

/** Called by the listener before the request is routed. */
export function markListener(message: IncomingMessage, listener: Listener): void {
  doors.set(message, listener);
}

/** The door of a request; the distrusted one when nobody said. */
export function listenerOf(message: IncomingMessage): Listener {
  return doors.get(message) ?? "servers";
}

export interface ClientFacts {
  /** IP address of the browser or client; `local` for the CLI and for servers. */
  readonly address: string;
  /**
   * Address of what spoke to our own proxy: the visitor, or a proxy in front of us. Nobody can claim another one.
   * "" when the request did not come through our proxy.
   */
  readonly peer: string;
  /** Outermost scheme was https: cookies are Secure. */
  readonly secure: boolean;
  /** `scheme://host[:port]` as the client typed it. */
  readonly origin: string;
}

/**
 * Where a request really came from. The proxy appends the peer's address to X-Forwarded-For, so the last entry is
 * the one that nobody can forge; the first X-Forwarded-Proto is the outermost (contract 8).
 * @param site `publicUrl`, when it is configured: by https, cookies are Secure whatever the headers say; and
 *   `trustedProxies`, whose words about addresses are believed
 */
export function clientFacts(message: IncomingMessage, site: Pick<Config, "publicUrl" | "trustedProxies">): ClientFacts {
  const host = hostOf(message);
  if (listenerOf(message) !== "private") return { address: "local", peer: "", secure: false, origin: `http://${host}` };
  const hops = headerText(message.headers["x-forwarded-for"]);
  const forwarded = clientAddress(hops, site.trustedProxies);
  const scheme = headerText(message.headers["x-forwarded-proto"]).split(",")[0]?.trim().toLowerCase() ?? "";
  const secure = scheme === "https" || scheme === "wss" || site.publicUrl?.startsWith("https:") === true;
  return {
    address: forwarded === "" ? "local" : forwarded,
    peer: hops.split(",").at(-1)?.trim() ?? "",
    secure,
    origin: `${secure ? "https" : "http"}://${host}`,
  };
}

/** The Host header, when it is a host and nothing else: links and redirects are compared with it. */
function hostOf(message: IncomingMessage): string {
  const { host = "" } = message.headers;
  return /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(host) && URL.canParse(`http://${host}`) ? host : "localhost";
}

function headerText(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(",") : (value ?? "");
}
