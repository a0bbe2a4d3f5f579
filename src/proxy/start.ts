import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer, Server as SecureServer } from "node:https";
import { ClosingStack, HubError, messageOf } from "../kernel/index.ts";
import { RoutesApi } from "./api.ts";
import { ErrorReplies, pathOf } from "./error-replies.ts";
import type { Face } from "./face.ts";
import { handleRequest } from "./forward.ts";
import { Gate } from "./gate/gate.ts";
import { Renewals } from "./gate/renewals.ts";
import { listen } from "./listening.ts";
import type { ProxyOptions, RunningProxy, TlsPair } from "./options.ts";
import { checkHeaders } from "./routes/route.ts";
import { RouteStore } from "./routes/route-store.ts";
import { handleUpgrade, isWebsocket } from "./websocket.ts";

const MAX_HEAD_BYTES = 65_536;
/** A client that has not sent a whole head by then is cut; bodies may take as long as they need. */
const HEAD_MS = 60_000;
/** Notices clients that vanished without a word while a websocket is open. */
const PROBE_CLIENT_MS = 60_000;
const DRAIN_CHECK_MS = 50;

/**
 * Starts the proxy: stored routes first, then the public face, then the API.
 * @throws HubError `port-in-use`, `usage`, `bad-request` (a default or error target that is no URL)
 */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { clock, log } = options;
  checkHeaders(options.customHeaders ?? {});
  const errors = new ErrorReplies(options.errorTarget, log);
  const store = new RouteStore({
    routesFile: options.routesFile,
    customHeaders: options.customHeaders ?? {},
    timeout: options.proxyTimeout ?? 0,
    clock,
    log,
  });
  const opened = new ClosingStack();
  try {
    await store.load();
    opened.add(store);
    if (options.defaultTarget !== undefined) {
      await store.add("/", { target: options.defaultTarget, hub: options.defaultTargetIsHub ?? true });
    }
    const face = makeFace(options, store, errors);
    const server = publicServer(options, face);
    const api = createServer((req, res) => void routesApi.handle(req, res));
    const routesApi = new RoutesApi(store, options.authToken, log);
    opened.defer(() => cut(server, face));
    const address = await listen(server, options.listen, "public address");
    opened.defer(() => cut(api, undefined));
    const apiAddress = await listen(api, options.api, "API address", 0o600);
    if (options.authToken === undefined) log.warn({}, "REST API is not authenticated.");
    log.info({ address }, `Proxying ${address} to ${options.defaultTarget ?? "(no default)"}`);
    log.info({ apiAddress }, `Proxy API at ${apiAddress}/api/routes`);
    return {
      address,
      apiAddress,
      setTls: (tls) => {
        if (server instanceof SecureServer) withPair(() => server.setSecureContext(tlsOptions(tls)));
      },
      close: async ({ graceMs = 0 } = {}) => {
        await drain(server, face, graceMs);
        await opened.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function makeFace(options: ProxyOptions, store: RouteStore, errors: ErrorReplies): Face {
  const { clock, log } = options;
  const hubTarget = () => {
    const root = store.table.get("/");
    return root?.hub === true ? root.upstream.target : undefined;
  };
  const renewals = new Renewals(hubTarget, clock, log);
  return {
    table: store.table,
    gate: new Gate(options.gateKey, clock, renewals),
    renewals,
    errors,
    xForward: options.xForward ?? true,
    clock,
    log,
    upgraded: new Set(),
    draining: false,
  };
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
      : withPair(() => createSecureServer({ ...behaviour, ...tlsOptions(tls) }, request));
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

function tlsOptions({ certificate, key }: TlsPair) {
  return { cert: certificate, key: key.reveal(), minVersion: "TLSv1.3" as const };
}

/** @throws HubError `bad-config` */
function withPair<T>(use: () => T): T {
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

/** Stops accepting and waits until the last connection is gone, or for `graceMs`. */
async function drain(server: Server, face: Face, graceMs: number): Promise<void> {
  face.draining = true;
  if (!server.listening) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  if (graceMs <= 0) return;
  const check = setInterval(() => server.closeIdleConnections(), DRAIN_CHECK_MS);
  const limit = setTimeout(resolve, graceMs);
  await promise;
  clearInterval(check);
  clearTimeout(limit);
}

function cut(server: Server, face: Face | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // `close` fails only when the server does not listen, which is what is wanted.
  server.close(() => resolve());
  server.closeAllConnections();
  for (const socket of face?.upgraded ?? []) socket.destroy();
  return promise;
}
