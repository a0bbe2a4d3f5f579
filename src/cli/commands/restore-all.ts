/** `hublet restore --all`: everything, for a new host where nothing is yet. */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ConfigSnapshot, loadSnapshot } from "../../config/index.ts";
import {
  type RestoredConfiguration,
  restoreArchives,
  restoreConfiguration,
  restoreDatabase,
} from "../../deploy/index.ts";
import { HubError } from "../../kernel/index.ts";
import type { CommandResult } from "../command.ts";
import { statePaths } from "../instance.ts";
import { databaseOf } from "./backup-place.ts";
import { mustBeStopped } from "./database.ts";
import { isForApply, prepareHost, setUpHost } from "./restore-host.ts";
import { NOTHING, type Work, writeKeys } from "./restore-work.ts";

/**
 * Where “hublet apply” can set up a hub it does that, and the homes follow; elsewhere configuration, keys, database and
 * archives, and the homes when it is known what they lie on.
 * @throws HubError `conflict` when there is a hub already
 */
export async function everything(work: Work): Promise<CommandResult> {
  const { context, repository, snapshot } = work;
  const { config, state, secrets } = context.instance();
  const paths = statePaths(state, secrets);
  await mustBeStopped(context, state);
  for (const path of [config, paths.database, join(paths.secrets, "hub.key")]) {
    if (!existsSync(path)) continue;
    throw new HubError(
      "conflict",
      `There is a hub here already: ${path} exists. --all is for a new host; restore single parts, or name other folders with --config and --state.`,
    );
  }
  const configuration = await restoreConfiguration(repository, snapshot, dirname(config));
  for (const { path } of configuration.outside)
    context.note(
      `${path} belongs to the configuration and lies outside of its folder: restore it with --configuration.`,
    );
  // So that the same command can be given again.
  const undo = (): void => {
    for (const path of configuration.written) rmSync(path, { force: true });
  };
  try {
    const loaded = await loadSnapshot({ file: configuration.file, environment: work.env, state });
    if (!isForApply(context, loaded.config)) return await intoState(work, loaded, configuration);
    if (!(await prepareHost(work, loaded, configuration))) {
      undo();
      return NOTHING;
    }
  } catch (error) {
    undo();
    throw error;
  }
  return await setUpHost(work, configuration);
}

async function intoState(
  work: Work,
  loaded: ConfigSnapshot,
  configuration: RestoredConfiguration,
): Promise<CommandResult> {
  const { context, repository, snapshot } = work;
  const { state, secrets } = context.instance();
  const paths = statePaths(state, secrets);
  mkdirSync(state, { recursive: true, mode: 0o700 });
  await restoreDatabase(repository, snapshot, databaseOf(loaded, paths, work.env));
  await restoreArchives(repository, snapshot, paths.archives);
  await writeKeys(repository, snapshot, paths.secrets);
  const text = [
    `Configuration, keys, database (${snapshot.database.rows} rows) and archives are as they were on ${snapshot.at}.`,
    `Start the hub now, and then restore the homes: hublet restore ${snapshot.id} --homes${work.yes ? " --yes" : ""}`,
  ];
  return {
    json: { restored: true, configuration: configuration.file, homes: snapshot.homes.length },
    text: text.join("\n"),
  };
}
