/**
 * The proxy as a program. Its command line is that of configurable-http-proxy, so that JupyterHub can start it too.
 * Exit status: 2 after SIGTERM or SIGINT (the contract's), 1 when it could not start.
 */
import { readFile } from "node:fs/promises";
import { pino } from "pino";
import { HubError, messageOf, Secret, systemClock } from "../kernel/index.ts";
import {
  parseProxyArguments,
  type RunningProxy,
  readProxySettings,
  startProxy,
  watchProxySettings,
} from "../proxy/index.ts";

/** Requests under way get this long after SIGTERM; a second signal cuts them. */
const GRACE_MS = 2_000;

await main();

async function main(): Promise<void> {
  let proxy: RunningProxy;
  try {
    const { options, logLevel, gateKeyFile, settingsFile } = parseProxyArguments(process.argv.slice(2), process.env);
    const gateKey = gateKeyFile === undefined ? undefined : await readKey(gateKeyFile);
    const settings = settingsFile === undefined ? undefined : readProxySettings(settingsFile);
    const log = pino({ level: settings?.logLevel ?? logLevel });
    // Like its model, the proxy outlives its bugs: ending would cut every open connection.
    process.on("uncaughtException", (error) => log.error({ err: error }, "The proxy met a bug and goes on."));
    const running = await startProxy({ ...options, tls: settings?.tls, gateKey, log, clock: systemClock });
    if (settingsFile !== undefined) {
      const apply = ({ logLevel, tls }: ReturnType<typeof readProxySettings>): void => {
        log.level = logLevel;
        if (tls !== undefined) running.setTls(tls);
      };
      watchProxySettings(settingsFile, apply, log);
    }
    proxy = running;
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
  const stop = (): void => {
    if (closing) process.exit(2);
    closing = true;
    void proxy.close({ graceMs: GRACE_MS }).finally(() => process.exit(2));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  // A supervisor that was killed must not leave a proxy that holds the address.
  process.on("disconnect", stop);
  process.send?.({ kind: "ready" });
}

async function readKey(path: string): Promise<Secret> {
  try {
    const text = (await readFile(path, "utf8")).trim();
    if (text.length < 32) throw new Error("it is shorter than 32 characters");
    return new Secret(text);
  } catch (cause) {
    throw new HubError(
      "usage",
      `The gate key ${path} cannot be used: ${messageOf(cause)}. Give the file that the hub made.`,
      {
        cause,
      },
    );
  }
}
