/** `hublet backup create`. */
import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { VAULT_FILE } from "../../config/index.ts";
import { createBackup, type Keep, lockRepository, prune, type Repository } from "../../deploy/index.ts";
import { HubError, messageOf, systemClock } from "../../kernel/index.ts";
import { getFact, openAsIs, type StoreLocation } from "../../store/index.ts";
import { command } from "../command.ts";
import type { CliContext } from "../context.ts";
import { statePaths } from "../instance.ts";
import { programVersion } from "../version.ts";
import {
  configurationOf,
  databaseOf,
  interrupted,
  openEngine,
  placeOptions,
  progressNotes,
  sizeText,
  withOwnRepository,
} from "./backup-place.ts";

export const backupCreate = command({
  path: ["backup", "create"],
  summary: "Back up database, configuration, secrets and homes, also while people work",
  positionals: [],
  options: {
    to: z
      .string()
      .optional()
      .describe("A folder, or sftp://USER@HOST/FOLDER; default: backup.to of the configuration."),
    recipient: z
      .array(z.string())
      .default([])
      .describe(
        "Public key (age1…) of somebody who may read it, beside those of the vault; can be given more than once.",
      ),
    identity: placeOptions.identity,
    keepAll: z.boolean().default(false).describe("Remove no older backups, whatever backup.keep says."),
  },
  beside: ({ to, identity }) => ({ place: to, placeOption: "--to", identity }),
  examples: [
    "hublet backup create",
    "hublet backup create --to /mnt/backups",
    "hublet backup create --to sftp://ada@nas/srv/hub",
  ],
  run: async (context, _words, options) => {
    const loaded = await configurationOf(context);
    if (loaded instanceof HubError) throw loaded;
    const { config, state, secrets } = context.instance();
    const paths = statePaths(state, secrets);
    const database = databaseOf(loaded, paths, context.env);
    const hub = await hubIdOf(database);
    const driver = await openEngine(context, hub, loaded);
    const breaking = interrupted();
    try {
      await driver.ping(AbortSignal.timeout(20_000));
      return await withOwnRepository(context, options, async (repository) => {
        const { snapshot, tally } = await createBackup(repository, {
          ...{
            version: programVersion(context.root),
            state,
            database,
            secrets: paths.secrets,
            archives: paths.archives,
          },
          configuration: {
            file: config,
            wholeFolder: isApart(config, state),
            files: [...loaded.files, vaultOf(config)],
          },
          ...{ driver, hub, signal: breaking.signal },
          onProgress: progressNotes(context),
          onNote: (note) => context.note(note),
        });
        const incomplete = snapshot.homes.filter((home) => home.incomplete !== undefined);
        const failed = [
          ...snapshot.failures,
          ...incomplete.map((home) => ({ what: `the home ${home.volume}`, message: home.incomplete ?? "" })),
        ];
        const removed = options.keepAll ? [] : await pruned(context, repository, loaded.config.backup?.keep);
        const { homes } = loaded.config.server;
        // What belongs to the host's accounts is backed up with the host.
        const leftOut = homes === "volume" ? [] : [homes.folder];
        const json = { id: snapshot.id, where: repository.store.where, ...tally, failed, removed, leftOut };
        const size = `${sizeText(tally.read)} were read, ${sizeText(tally.written)} written`;
        const text = [
          `The backup ${snapshot.id} is in ${repository.store.where}: ${snapshot.homes.length} homes, ${size}.`,
          ...failed.map(({ what, message }) => `Not whole: ${what}: ${message}`),
          ...leftOut.map(
            (folder) => `Not in it: homes that are folders of the host (${folder}). Back them up with the host.`,
          ),
        ];
        return { json, text: text.join("\n"), exitCode: failed.length === 0 ? 0 : 1 };
      });
    } finally {
      breaking.end();
      await driver.close();
    }
  },
});

/** A configuration inside the state folder, or around it, goes file by file: the state is not part of it. */
function isApart(config: string, state: string): boolean {
  const [folder, other] = [realpathSync(dirname(config)), realpathSync(state)];
  return !`${folder}/`.startsWith(`${other}/`) && !`${other}/`.startsWith(`${folder}/`);
}

function vaultOf(config: string): string {
  return `${dirname(config)}/${VAULT_FILE}`;
}

async function hubIdOf(database: StoreLocation): Promise<string> {
  const store = await openAsIs(database);
  try {
    const id = await getFact(store.db, "hub-id");
    if (id !== undefined) return id;
  } finally {
    await store.close();
  }
  throw new HubError("database-unusable", "No hub has used this database yet. Start the hub once, then back it up.");
}

async function pruned(context: CliContext, repository: Repository, keep: Keep | undefined): Promise<readonly string[]> {
  if (keep === undefined) return [];
  try {
    const lock = await lockRepository(repository.store, { kind: "alone", doing: "pruning", clock: systemClock });
    try {
      return (await prune(repository, lock, keep, (line) => context.note(line))).removed;
    } finally {
      await lock.close();
    }
  } catch (error) {
    // The backup itself is whole; the next one prunes.
    context.note(`Older backups were not removed: ${messageOf(error)}`);
    return [];
  }
}
