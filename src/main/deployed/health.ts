/** Whether the deployment works, seen from inside the hub's container, which shares the host's network. */
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { readLaunch, readSecret, readStarted, splitListen } from "../../cli/index.ts";
import { messageOf, Secret } from "../../kernel/index.ts";
import { readProxySettings } from "../../proxy/index.ts";
import { databaseVersion } from "./database.ts";
import type { DeployedEnvironment } from "./environment.ts";

export interface Health {
  readonly healthy: boolean;
  /** What does not answer, in sentences. */
  readonly problems: readonly string[];
  /** Name of the last migration that the database has. */
  readonly database?: string | undefined;
  /** Where people reach it. */
  readonly address: string | undefined;
  /** Name of the first admin, as long as nobody has become that. */
  readonly firstAdmin: string | undefined;
}

/** Long enough for a hub that is busy with its database. */
const PATIENCE_MS = 5000;
/** Addresses that mean “every interface”: they are reached by the loopback of their family. */
const EVERYWHERE: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "*": "127.0.0.1", "::": "::1" };

/** Asks the hub, the proxy's API and the public address; never throws for one that does not answer. */
export async function checkHealth(environment: DeployedEnvironment): Promise<Health> {
  const { paths } = environment;
  const problems = (
    await Promise.all([
      problemOf("The hub", () => ask({ socketPath: paths.hubSocket, path: "/hub/health" }, false)),
      problemOf("The proxy's API", () => {
        const authorization = `token ${readSecret(paths, "proxy.token")}`;
        return ask({ socketPath: paths.proxyApiSocket, path: "/api/routes", headers: { authorization } }, false);
      }),
      problemOf("The public address", () => {
        const { keys } = readStarted(paths, new Secret(readSecret(paths, "hub.key")));
        const { host, port } = splitListen(keys.listen);
        const gateKey = new Secret(readSecret(paths, "gate.key"));
        const secure = readProxySettings(paths.proxySettings, gateKey).tls !== undefined;
        // The certificate is for the name people type, not for the loopback address that is asked here.
        const options = { host: EVERYWHERE[host] ?? host, port, path: "/hub/health", rejectUnauthorized: false };
        return ask(options, secure);
      }),
    ])
  ).filter((problem) => problem !== undefined);
  const database = await databaseVersion(environment).catch(() => undefined); // without it the hub does not answer either
  const { address, firstAdmin } = readLaunch(environment.state) ?? {};
  return { healthy: problems.length === 0, problems, database, address, firstAdmin };
}

async function problemOf(what: string, asking: () => Promise<number>): Promise<string | undefined> {
  try {
    const status = await asking();
    return status < 400 ? undefined : `${what} answers with status ${status}.`;
  } catch (error) {
    return `${what} does not answer: ${messageOf(error)}.`;
  }
}

function ask(options: object, secure: boolean): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const send = secure ? secureRequest : plainRequest;
  const sent = send({ ...options, signal: AbortSignal.timeout(PATIENCE_MS) }, (response) => {
    response.resume();
    resolve(response.statusCode ?? 500);
  });
  sent.on("error", reject);
  sent.end();
  return promise;
}
