import { createServer, type Server } from "node:http";
import { ClosingStack } from "../kernel/index.ts";
import { RoutesApi } from "./api.ts";
import { cut, drain } from "./ending.ts";
import { ErrorReplies } from "./error-replies.ts";
import type { Face } from "./face.ts";
import { Gate } from "./gate/gate.ts";
import { Renewals } from "./gate/renewals.ts";
import { listen } from "./listening.ts";
import type { ProxyOptions, RunningProxy } from "./options.ts";
import { PublicServers } from "./public-server.ts";
import { createRedirectServer } from "./redirect.ts";
import { checkHeaders } from "./routes/route.ts";
import { RouteStore } from "./routes/route-store.ts";
import { StrictTransport } from "./tls/strict-transport.ts";

/**
 * Starts the proxy: stored routes first, then the public face with its redirects, then the API.
 * @throws HubError `port-in-use`, `usage`, `bad-config` (certificate and key), `bad-request` (a default or error target
 *   that is no URL)
 */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { clock, log } = options;
  checkHeaders(options.customHeaders ?? {});
  const strict = new StrictTransport(options.tls !== undefined);
  const errors = new ErrorReplies(options.errorTarget, strict, log);
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
    const face = makeFace(options, store, errors, strict);
    const places = [options.listen].flat();
    const servers = new PublicServers(options, face, places.length);
    const addresses: string[] = [];
    const opening = options.opening ?? ((open) => open());
    const redirects = await opening(async () => {
      for (const [index, server] of servers.all.entries()) {
        opened.defer(() => cut(server, face));
        const place = places[index];
        if (place !== undefined) addresses.push(await listen(server, place, "public address"));
      }
      return await openRedirects(options, portOf(servers.all[0]), opened);
    });
    const [address = ""] = addresses;
    const api = createServer((req, res) => void routesApi.handle(req, res));
    const routesApi = new RoutesApi(store, options.authToken, log);
    opened.defer(() => cut(api));
    const apiAddress = await listen(api, options.api, "API address", 0o600);
    if (options.authToken === undefined) log.warn({}, "REST API is not authenticated.");
    for (const each of addresses)
      log.info({ address: each }, `Proxying ${each} to ${options.defaultTarget ?? "(no default)"}`);
    log.info({ apiAddress }, `Proxy API at ${apiAddress}/api/routes`);
    return {
      address,
      apiAddress,
      redirectAddresses: redirects.addresses,
      setTls: (tls) => servers.setTls(tls),
      setPublicHost: redirects.setPublicHost,
      close: async ({ graceMs = 0 } = {}) => {
        await drain(servers.all, face, graceMs);
        await opened.close();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** @param port where HTTPS is spoken; undefined on a unix socket, before which only somebody else can do it */
async function openRedirects(options: ProxyOptions, port: number | undefined, opened: ClosingStack) {
  const { tls, redirect = [], log } = options;
  let { publicHost } = options;
  const addresses: string[] = [];
  for (const place of redirect) {
    const target = () => (tls === undefined ? undefined : { host: publicHost, port: port ?? 443 });
    const server = createRedirectServer(target, log);
    opened.defer(() => cut(server));
    addresses.push(await listen(server, place, "redirect address"));
  }
  if (addresses.length > 0) {
    if (tls === undefined) log.warn({ addresses }, "There is no HTTPS to redirect to: every request there gets 404.");
    else log.info({ addresses }, `Redirecting ${addresses.join(", ")} to HTTPS`);
  }
  return {
    addresses,
    setPublicHost: (host: ProxyOptions["publicHost"]) => {
      publicHost = host;
    },
  };
}

function portOf(server: Server | undefined): number | undefined {
  const address = server?.address();
  return typeof address === "object" ? address?.port : undefined;
}

function makeFace(options: ProxyOptions, store: RouteStore, errors: ErrorReplies, strict: StrictTransport): Face {
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
    strict,
    xForward: options.xForward ?? true,
    clock,
    log,
    upgraded: new Set(),
    draining: false,
  };
}
