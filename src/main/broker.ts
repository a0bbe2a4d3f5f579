/**
 * The engine's broker as a program: between a hub, which reads what the internet sends, and the engine, whose socket rules this
 * account or this host. It passes on what the hub needs and nothing else.
 */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { pino } from "pino";
import { hostView, startBroker } from "../broker/index.ts";
import { ClosingStack, messageOf } from "../kernel/index.ts";
import { hostAccounts } from "./broker/accounts.ts";
import { parseBrokerArguments } from "./broker/arguments.ts";
import { livePolicy } from "./broker/live-policy.ts";
import { shareFiles } from "./broker/shared-files.ts";

const closing = new ClosingStack();
const log = pino(
  { timestamp: pino.stdTimeFunctions.isoTime, base: null, formatters: { level: (label) => ({ level: label }) } },
  pino.destination({ dest: 2, sync: true }),
);
try {
  const given = parseBrokerArguments(process.argv.slice(2));
  mkdirSync(given.own, { recursive: true, mode: 0o700 });
  const policy = livePolicy({
    config: given.config,
    places: {
      engine: given.engine,
      state: given.state,
      closed: [dirname(given.config), given.own, dirname(given["listen-socket"]), ...given.closed],
    },
    keptFile: join(given.own, "policy.json"),
    log,
  });
  if (given.share !== undefined) closing.add(await shareFiles({ hostRoot: given["host-root"], to: given.share, log }));
  closing.add(
    await startBroker({
      engineSocket: given["engine-socket"],
      listenSocket: given["listen-socket"],
      socketMode: Number.parseInt(given["socket-mode"], 8),
      pinsFile: join(given.own, "hub.json"),
      policy,
      accountOf: hostAccounts(given["host-root"], () => policy().accountPrefix),
      view: hostView(given["host-root"]),
      log,
    }),
  );
  log.info({ engine: given.engine, socket: given["listen-socket"] }, "broker ready");
  const stop = () => void closing.close().finally(() => process.exit(0));
  process.once("SIGTERM", stop).once("SIGINT", stop);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  await closing.close().catch(() => undefined); // the first failure is the one to report
  process.exitCode = 1;
}
