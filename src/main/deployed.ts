/**
 * The program of the hub's container, as `hublet apply` sets it up. Subcommands: `hub` serves; `health` says whether hub,
 * proxy and public address answer; `rehearse` tries the migrations on a copy of the database; `dump FILE` copies it.
 * Everything else comes by the environment of the unit: `HUBLET_CONFIG`, `HUBLET_STATE`, `HUBLET_SECRETS`, …
 */
import { HubError } from "../kernel/index.ts";
import { readDeployedEnvironment } from "./deployed/environment.ts";
import { checkHealth } from "./deployed/health.ts";
import { serveHub } from "./deployed/serve.ts";

try {
  const [subcommand = ""] = process.argv.slice(2);
  const environment = readDeployedEnvironment(process.env);
  switch (subcommand) {
    case "hub":
      await serveHub(environment);
      break;
    case "health": {
      const health = await checkHealth(environment);
      answer(health);
      process.exitCode = health.healthy ? 0 : 1;
      break;
    }
    default:
      throw new HubError("usage", `“${subcommand}” is unknown here. Use one of: hub, health, rehearse, dump.`);
  }
} catch (error) {
  const bug = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${error instanceof HubError ? error.message : bug}\n`);
  process.exit(1);
}

function answer(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
