import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer, Server as SecureServer } from "node:https";
import { createSecureContext } from "node:tls";
import { HubError, messageOf } from "../kernel/index.ts";
import { pathOf } from "./error-replies.ts";
import type { Face } from "./face.ts";
import { handleRequest } from "./forward.ts";
import type { ProxyOptions, ServedTls } from "./options.ts";
import { contextOptions } from "./tls/profiles.ts";
import { SessionCache } from "./tls/sessions.ts";
import { handleUpgrade, isWebsocket } from "./websocket.ts";

const MAX_HEAD_BYTES = 65_536;
/** A client that has not sent a whole head by then is cut; bodies may take as long as they need. */
const HEAD_MS = 60_000;
/** Notices clients that vanished without a word while a websocket is open. */
const PROBE_CLIENT_MS = 60_000;

/** The servers of the public face, one for each socket; all of them are the same to whoever comes. */
export class PublicServers {
  readonly all: readonly Server[];
  readonly #face: Face;
  readonly #sessions = new SessionCache();

  /** @throws HubError `bad-config` when certificate and key are unusable */
  constructor(options: ProxyOptions, face: Face, count: number) {
    this.#face = face;
    this.all = Array.from({ length: count }, () => publicServer(options, face));
    this.#follow(options.tls);
  }

  /** As `RunningProxy.setTls`. */
  setTls(tls: ServedTls): void {
    const servers = this.all.filter((server) => server instanceof SecureServer);
    if (servers.length === 0) return;
    // One server must not be changed, and the next refuse.
    usable(() => createSecureContext(contextOptions(tls)));
    for (const server of servers) server.setSecureContext(contextOptions(tls));
    this.#follow(tls);
  }

  #follow(tls: ServedTls | undefined): void {
    this.#face.strict.set(tls?.hsts);
    this.#sessions.clear();
    for (const server of this.all) {
      if (server instanceof SecureServer) this.#sessions.attach(server, tls?.profile === "intermediate");
    }
  }
}

function publicServer(options: ProxyOptions, face: Face): Server {
  // A bug that one request meets must not end the connections of everybody else.
  const request = (req: IncomingMessage, res: ServerResponse): void => {
    try {
      handleRequest(face, req, res);
    } catch (error) {
      face.log.error({ err: error, path: pathOf(req.url) }, "A request met a bug of the proxy.");
      face.errors.reply(req, res, 500, "internal error");
    }
  };
  const behaviour = {
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: HEAD_MS,
    requestTimeout: 0,
    keepAliveTimeout: options.keepAliveTimeout ?? 5_000,
    keepAlive: true,
    keepAliveInitialDelay: PROBE_CLIENT_MS,
    insecureHTTPParser: false,
    requireHostHeader: true,
    shouldUpgradeCallback: isWebsocket,
  };
  const { tls } = options;
  const server =
    tls === undefined
      ? createServer(behaviour, request)
      : usable(() => createSecureServer({ ...behaviour, ...contextOptions(tls) }, request));
  // With this listener the target decides about `Expect: 100-continue`, not Node.
  server.on("checkContinue", request);
  server.on("upgrade", (req, socket, early) => {
    try {
      handleUpgrade(face, req, socket, early);
    } catch (error) {
      face.log.error({ err: error, path: pathOf(req.url) }, "An upgrade met a bug of the proxy.");
      socket.destroy();
    }
  });
  if (options.timeout !== undefined && options.timeout > 0) server.setTimeout(options.timeout);
  return server;
}

/** @throws HubError `bad-config` */
function usable<T>(use: () => T): T {
  try {
    return use();
  } catch (cause) {
    throw new HubError(
      "bad-config",
      `The certificate and key cannot be used: ${messageOf(cause)}. Check that both are PEM and belong together.`,
      { cause },
    );
  }
}
