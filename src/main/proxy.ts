/**
 * The proxy as a program. Its command line is that of configurable-http-proxy, so that JupyterHub can start it too.
 * Exit status: 2 after SIGTERM or SIGINT (the contract's), 1 when it could not start.
 */
import { readFile, stat } from "node:fs/promises";
import { pino } from "pino";
import { HubError, messageOf, Secret, systemClock } from "../kernel/index.ts";
import {
  becoming,
  inheritedSockets,
  type ProxyArguments,
  type ProxySettings,
  parseProxyArguments,
  type RunningProxy,
  readProxySettings,
  settingsWritten,
  startProxy,
  watchProxySettings,
} from "../proxy/index.ts";

/** A hub's first start, with its database to be made. */
const SETTINGS_MS = 60_000;

await main();

async function main(): Promise<void> {
  let proxy: RunningProxy;
  let graceMs: number;
  try {
    const given = parseProxyArguments(process.argv.slice(2), process.env);
    graceMs = given.graceMs;
    proxy = await start(given);
  } catch (error) {
    const message = messageOf(error);
    process.stderr.write(`${message}\n`);
    // A supervisor shows the message as its own; without one there is nobody to tell.
    process.send?.({ kind: "fatal", code: error instanceof HubError ? error.code : "internal", message });
    process.exitCode = 1;
    process.disconnect?.();
    return;
  }
  let closing = false;
  // A second signal cuts what the first one let finish.
  const stop = (): void => {
    if (closing) process.exit(2);
    closing = true;
    void proxy.close({ graceMs }).finally(() => process.exit(2));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  // A supervisor that was killed must not leave a proxy that holds the address.
  process.on("disconnect", stop);
  process.send?.({ kind: "ready" });
}

async function start(given: ProxyArguments): Promise<RunningProxy> {
  const { options, gateKeyFile, authTokenFile, settingsFile, become } = given;
  const opening = become === undefined ? undefined : becoming(become);
  const gateKey = gateKeyFile === undefined ? undefined : await readSecretFile("gate key", gateKeyFile);
  const authToken =
    authTokenFile === undefined ? options.authToken : await readSecretFile("token of the API", authTokenFile);
  const watched = settingsFile === undefined || gateKey === undefined ? undefined : { settingsFile, gateKey };
  if (watched !== undefined && given.serves !== undefined)
    await settingsWritten(watched.settingsFile, watched.gateKey, { serves: given.serves, timeoutMs: SETTINGS_MS });
  const settings = watched === undefined ? undefined : readProxySettings(watched.settingsFile, watched.gateKey);
  const log = pino({ level: settings?.logLevel ?? given.logLevel });
  // Like its model, the proxy outlives its bugs: ending would cut every open connection.
  process.on("uncaughtException", (error) => log.error({ err: error }, "The proxy met a bug and goes on."));
  const { tls, publicHost } = settings ?? {};
  const proxy = await startProxy({
    ...{ ...options, authToken, gateKey, tls, publicHost, opening, log, clock: systemClock },
    ...(given.socketsFromSystemd ? listeners() : {}),
  });
  if (watched === undefined) return proxy;
  const apply = ({ logLevel, tls, publicHost }: ProxySettings): void => {
    log.level = logLevel;
    proxy.setPublicHost(publicHost);
    if (tls !== undefined) proxy.setTls(tls);
  };
  watchProxySettings(watched.settingsFile, watched.gateKey, apply, log);
  return proxy;
}

function listeners() {
  const { public: listen, redirect } = inheritedSockets(process.env, process.pid);
  return { listen, redirect };
}

/** @throws HubError `usage` */
async function readSecretFile(what: string, path: string): Promise<Secret> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) throw new Error(`others may read it (mode ${(mode & 0o777).toString(8)})`);
    const text = (await readFile(path, "utf8")).trim();
    if (text.length < 32) throw new Error("it is shorter than 32 characters");
    return new Secret(text);
  } catch (cause) {
    const message = `The ${what} ${path} cannot be used: ${messageOf(cause)}. Give the file that the hub made.`;
    throw new HubError("usage", message, { cause });
  }
}
