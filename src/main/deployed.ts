/**
 * The program of the hub's container, as `hublet apply` sets it up. Subcommands: `hub` serves; `health` says whether hub,
 * proxy and public address answer; `registry` makes the own registry's password file; `dump FILE` copies the database, `rehearse FILE` tries the migrations on a copy, and
 * `restore FILE` puts one in its place.
 * Everything else comes by the environment of the unit: `HUBLET_CONFIG`, `HUBLET_STATE`, `HUBLET_SECRETS`, …
 */
import { readSecret } from "../cli/index.ts";
import { openRegistryPlaces } from "../images/index.ts";
import { HubError, Secret } from "../kernel/index.ts";
import { dumpDatabase, rehearseDatabase, restoreDatabase } from "./deployed/database.ts";
import { readDeployedEnvironment } from "./deployed/environment.ts";
import { checkHealth } from "./deployed/health.ts";
import { serveHub } from "./deployed/serve.ts";

try {
  const [subcommand = "", file] = process.argv.slice(2);
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
    case "registry":
      openRegistryPlaces(environment.state, new Secret(readSecret(environment.paths, "registry.password")));
      break;
    case "dump":
      answer(await dumpDatabase(environment, file));
      break;
    case "rehearse":
      answer(await rehearseDatabase(environment, file));
      break;
    case "restore":
      answer(await restoreDatabase(environment, file));
      break;
    default:
      throw new HubError(
        "usage",
        `“${subcommand}” is unknown here. Use one of: hub, health, registry, dump, rehearse, restore.`,
      );
  }
} catch (error) {
  const bug = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${error instanceof HubError ? error.message : bug}\n`);
  process.exit(1);
}

function answer(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
