/** `hublet restore`: getting back a home, a file, the configuration, the database, or everything. */
import { createWriteStream, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import {
  type HomePart,
  homeOf,
  lockRepository,
  type Repository,
  restoreConfiguration,
  restoreDatabase,
  restoreFile,
  restoreHome,
} from "../../deploy/index.ts";
import { type Closable, HubError, systemClock } from "../../kernel/index.ts";
import { type CommandResult, command, firstWord } from "../command.ts";
import type { CliContext } from "../context.ts";
import { statePaths } from "../instance.ts";
import {
  configurationOf,
  databaseOf,
  identitiesFor,
  interrupted,
  mustAgree,
  placeOptions,
  progressNotes,
  withRepository,
} from "./backup-place.ts";
import { mustBeStopped } from "./database.ts";
import { everything } from "./restore-all.ts";
import { mustNotRun, NOTHING, putHomes, type Work, withEngine } from "./restore-work.ts";

const STOPS_HUB =
  "The whole database is replaced by that of the backup: who was added since is gone, and passwords are those of then. The hub is stopped meanwhile; people's servers go on.";

export const restore = command({
  path: ["restore"],
  summary: "Get back a home, a file, the configuration, the database, or everything from a backup",
  positionals: [{ name: "id", description: "The backup, the beginning of its id, or latest." }],
  options: {
    ...placeOptions,
    user: z.string().optional().describe("The home of this person, into a new folder in it."),
    replace: z.boolean().default(false).describe("With --user: in the place of all that is there now."),
    file: z.string().optional().describe("USER:PATH: a file or folder of a home, into a new folder in it."),
    to: z.string().optional().describe("With --file: write that one file here; “-” for standard output."),
    configuration: z.string().optional().describe("The configuration, into this folder of this host."),
    database: z.boolean().default(false).describe("The database; the hub must be stopped."),
    homes: z.boolean().default(false).describe("All homes, in the place of what is there now."),
    all: z.boolean().default(false).describe("Everything, for a new host where nothing is yet."),
    yes: z.boolean().default(false).describe("Do not ask before something is overwritten."),
  },
  examples: [
    "hublet restore latest --user ada",
    "hublet restore latest --file ada:work/paper.ipynb",
    "hublet restore 20300102 --file ada:work/paper.ipynb --to paper.ipynb",
    "hublet restore latest --configuration /tmp/old-configuration",
    "hublet restore latest --database",
    "hublet restore latest --all --from sftp://ada@nas/srv/hub --identity ada.key",
  ],
  beside: ({ from, identity, file, to, all, configuration, database, yes }) => {
    const place = { place: from, placeOption: "--from", identity } as const;
    if (database) return { ...place, stopsHub: { warning: STOPS_HUB, yes } };
    // What goes to root's own folders, or is opened by root's own key, is root's work.
    if (all || configuration !== undefined || identity.length > 0) return undefined;
    return {
      ...place,
      output: file === undefined || to === undefined || to === "-" ? undefined : { file: to, option: "--to" },
    };
  },
  run: (context, words, options) =>
    withRepository(context, options, async (repository) => {
      const { user, file, configuration, database, homes, all } = options;
      const chosen = [user !== undefined, file !== undefined, configuration !== undefined, database, homes, all];
      if (chosen.filter(Boolean).length !== 1) {
        throw new HubError(
          "usage",
          "Say one thing to restore: --user, --file, --configuration, --database, --homes or --all.",
        );
      }
      const lock = await readLock(context, repository);
      const breaking = interrupted();
      try {
        const snapshot = await repository.snapshot(firstWord(words));
        const [identity] = options.identity;
        const env =
          identity === undefined || identity === "-"
            ? context.env
            : { ...context.env, HUBLET_IDENTITY: resolve(context.cwd, identity) };
        const identities = identitiesFor(context, options.identity);
        const work: Work = {
          context,
          repository,
          snapshot,
          env,
          identities,
          signal: breaking.signal,
          yes: options.yes,
        };
        if (user !== undefined) return await oneHome(work, homeOf(snapshot, user), { replace: options.replace });
        if (file !== undefined) return await oneFile(work, file, options.to);
        if (configuration !== undefined) return await onlyConfiguration(work, configuration);
        if (database) return await onlyDatabase(work);
        return homes ? await allHomes(work) : await everything(work);
      } finally {
        breaking.end();
        await lock?.close();
      }
    }),
});

/** Shared, so that pruning does not take away what is read. Root writes nothing into the folder of another account. */
async function readLock(context: CliContext, { store }: Repository): Promise<Closable | undefined> {
  if (context.uid === 0 && store.where.startsWith("/") && statSync(store.where).uid !== 0) return undefined;
  return await lockRepository(store, { kind: "shared", doing: "a restore", clock: systemClock });
}

async function oneHome(
  work: Work,
  home: HomePart,
  { replace, path }: { readonly replace: boolean; readonly path?: string },
): Promise<CommandResult> {
  const { context, repository, snapshot, signal, yes } = work;
  const name = home.user ?? home.volume;
  return await withEngine(work, async (driver) => {
    const restoring = { driver, signal, onProgress: progressNotes(context) };
    if (!replace) {
      const folder = `restored-${new Date(systemClock.now()).toISOString().slice(0, 19).replace(/[:T]/g, "-")}`;
      await restoreHome(repository, home, restoring, { folder, ...(path === undefined ? {} : { path }) });
      const what = path === undefined ? `The home of ${name}` : path;
      const text = `${what} as it was on ${snapshot.at} is in the folder ${folder} of ${name}'s home.`;
      return { json: { restored: true, user: home.user, volume: home.volume, folder }, text };
    }
    await mustNotRun(driver, snapshot, home);
    const warning = `All that is in the home of ${name} now is replaced by what was there on ${snapshot.at}.`;
    if (!(await mustAgree(context, warning, yes))) return NOTHING;
    await restoreHome(repository, home, restoring);
    const text = `The home of ${name} is as it was on ${snapshot.at}.`;
    return { json: { restored: true, user: home.user, volume: home.volume, folder: null }, text };
  });
}

async function oneFile(work: Work, said: string, to: string | undefined): Promise<CommandResult> {
  const colon = said.indexOf(":");
  if (colon < 0) throw new HubError("usage", `“${said}” is no USER:PATH. Write it like ada:work/paper.ipynb.`);
  const home = homeOf(work.snapshot, said.slice(0, colon));
  const path = said.slice(colon + 1);
  if (to === undefined) return await oneHome(work, home, { replace: false, path });
  if (to === "-") {
    await restoreFile(work.repository, home, path, createWriteStream("", { fd: 1, autoClose: false }));
    return { json: { restored: true }, text: "" };
  }
  const target = resolve(work.context.cwd, to);
  await restoreFile(work.repository, home, path, target);
  return { json: { restored: true, file: target }, text: `${path} as it was on ${work.snapshot.at} is in ${target}.` };
}

async function onlyConfiguration({ context, repository, snapshot }: Work, said: string): Promise<CommandResult> {
  const folder = resolve(context.cwd, said);
  const { written, file, outside } = await restoreConfiguration(repository, snapshot, folder);
  const elsewhere = outside.map(({ path, content, mode }) => {
    const target = join(folder, "outside", path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    writeFileSync(target, content, { mode, flag: "wx" });
    return target;
  });
  const text = [
    `${written.length + elsewhere.length} files of the configuration are in ${folder}; the main one is ${file}.`,
    ...(elsewhere.length === 0
      ? []
      : [`What lay outside of ${snapshot.configuration.folder} is below ${folder}/outside.`]),
  ];
  return { json: { restored: true, files: [...written, ...elsewhere] }, text: text.join("\n") };
}

async function onlyDatabase({ context, repository, snapshot, yes }: Work): Promise<CommandResult> {
  const loaded = await configurationOf(context);
  if (loaded instanceof HubError) throw loaded;
  const { state, secrets } = context.instance();
  await mustBeStopped(context, state);
  const target = databaseOf(loaded, statePaths(state, secrets), context.env);
  const warning = `The whole database is replaced by that of ${snapshot.at}: who was added since is gone, and passwords are those of then.`;
  if (!(await mustAgree(context, warning, yes))) return NOTHING;
  const kept = await restoreDatabase(repository, snapshot, target);
  const text = [
    `The database is that of ${snapshot.at} (${snapshot.database.rows} rows). Start the hub.`,
    ...(kept === undefined ? [] : [`The one that was there is kept: ${kept}.`]),
  ];
  return { json: { restored: true, kept: kept ?? null }, text: text.join("\n") };
}

async function allHomes(work: Work): Promise<CommandResult> {
  const { context, snapshot, yes } = work;
  return await withEngine(work, async (driver) => {
    for (const home of snapshot.homes) await mustNotRun(driver, snapshot, home);
    const warning = `All that is in ${snapshot.homes.length} homes now is replaced by what was there on ${snapshot.at}.`;
    if (!(await mustAgree(context, warning, yes))) return NOTHING;
    return await putHomes(work, driver);
  });
}
