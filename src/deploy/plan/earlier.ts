/** The configuration as a host has it, or as an earlier generation had it, in a folder of this machine for a while. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { HubError } from "../../kernel/index.ts";
import { readCompose } from "../docker/compose-read.ts";
import { COMPOSE_FILE } from "../docker/project.ts";
import type { Host } from "../host/port.ts";
import { configFolderOf } from "../model/describe.ts";
import { HUB } from "../steps/hub-program.ts";
import { filesOf, generationTarget } from "./generation-target.ts";
import { type Records, readGeneration, readRecords, recordsOf } from "./records.ts";
import { type SourceOptions, targetOf } from "./source.ts";
import type { ConfigurationFile, Target } from "./target.ts";
import type { Generation } from "./types.ts";
import { QUADLET_FOLDER } from "./unit-texts.ts";

export type EarlierOptions = Omit<SourceOptions, "file"> & {
  readonly host: Host;
  readonly account: string;
};

/** What was applied last. @throws HubError `not-found` where nothing was */
export async function readApplied(
  host: Host,
  account: string,
): Promise<{ readonly records: Records; readonly current: Generation }> {
  const records = await readRecords(host, recordsOf(account));
  const { current } = records;
  if (current === undefined)
    throw new HubError("not-found", `Nothing was applied to ${host.name} yet. Begin with “hublet apply”.`);
  return { records, current };
}

/**
 * What this program makes of the configuration that is on the host.
 * @param work gets a target that is usable until it ends
 * @throws HubError as `targetOf`; `not-found`
 */
export async function withPresent<T>(options: EarlierOptions, work: (target: Target) => Promise<T>): Promise<T> {
  const { host, account, local } = options;
  const { current } = await readApplied(host, account);
  const folder = configFolderOf(account);
  const main = mainFile(current, account);
  if (local) return work(await targetOf({ ...options, file: join(folder, main) }));
  const files = await filesOn(host, folder, Object.keys(current.configuration));
  return inFolder(files, async (copy) => work(await targetOf({ ...options, file: join(copy, main) })));
}

export interface RollbackWish {
  /** The one before the present when undefined. */
  readonly number: number | undefined;
  /** Put the database back even if its tables are the same. */
  readonly database: boolean;
}

/**
 * What a host was when a generation was applied.
 * @throws HubError `not-found`, `conflict` when the database of that time is not kept; as `targetOf`
 */
export async function withGeneration<T>(
  options: EarlierOptions,
  wish: RollbackWish,
  work: (target: Target, notes: readonly string[], generation: Generation) => Promise<T>,
): Promise<T> {
  const { host, account } = options;
  const { records, current } = await readApplied(host, account);
  const number = wish.number ?? records.numbers.filter((each) => each < current.number).at(-1);
  if (number === undefined)
    throw new HubError(
      "not-found",
      `${host.name} has no generation before ${current.number}: there is nothing to return to.`,
    );
  const generation = await readGeneration(host, recordsOf(account), number);
  const { configuration, kept } = filesOf(generation);
  const keptFiles = await filesOn(host, configFolderOf(account), kept);
  const databaseFrom = databaseOf(records, current, generation, wish.database);
  return inFolder([...configuration, ...keptFiles], async (copy) => {
    const present = await targetOf({ ...options, file: join(copy, mainFile(generation, account)) });
    const target = { ...generationTarget(generation, present), databaseFrom };
    return work(target, notesOf(generation, kept, databaseFrom), generation);
  });
}

/** The copy that has the database as it was while that generation ran; undefined when the present one fits. */
function databaseOf(
  { withDatabase }: Records,
  current: Generation,
  generation: Generation,
  asked: boolean,
): number | undefined {
  const { databaseVersion } = generation;
  const differs =
    databaseVersion !== null && current.databaseVersion !== null && databaseVersion !== current.databaseVersion;
  if (!asked && !differs) return undefined;
  const from = withDatabase.find((number) => number > generation.number && number <= current.number);
  if (from !== undefined) return from;
  throw new HubError(
    "conflict",
    differs
      ? `The database's tables were changed since generation ${generation.number}, and no copy from that time is kept. Restore a backup instead (“hublet restore”).`
      : `No copy of the database from the time of generation ${generation.number} is kept: one is made whenever a new version is applied. Leave out --database, or restore a backup (“hublet restore”).`,
  );
}

function notesOf(generation: Generation, kept: readonly string[], databaseFrom: number | undefined): string[] {
  const { number, created, by } = generation;
  return [
    `This returns to generation ${number}, which ${by} applied at ${created}.`,
    ...(kept.length > 0 ? [`${kept.join(", ")} stay as they are: private keys are kept in no record.`] : []),
    ...(databaseFrom === undefined
      ? ["The database stays as it is: people, tokens and sessions are kept."]
      : [
          `What was written to the database since generation ${databaseFrom} was applied is lost: people who came, tokens, sessions. Files of people are not touched. A copy of the present database is kept.`,
        ]),
  ];
}

/** The main file, relative to the folder of the configuration, as the hub's unit names it. */
export function mainFile({ units }: Generation, account: string): string {
  const compose = units[COMPOSE_FILE];
  const text = units[`${QUADLET_FOLDER}/${HUB}.container`] ?? "";
  const path =
    compose === undefined
      ? /HUBLET_CONFIG=([^"\s]+)/.exec(text)?.[1]
      : readCompose(compose).services[HUB]?.environment.HUBLET_CONFIG?.replaceAll("$$", "$");
  const folder = `${configFolderOf(account)}/`;
  // A host tells this of itself: it shall not name a file outside of what it gave.
  const inside = path?.startsWith(folder) === true && !path.split("/").includes("..");
  return inside ? path.slice(folder.length) : "hublet.yaml";
}

async function filesOn(host: Host, folder: string, paths: readonly string[]): Promise<ConfigurationFile[]> {
  const files = await Promise.all(
    paths.map(async (path) => ({ path, content: await host.readFile(join(folder, path)), secret: false })),
  );
  return files.flatMap(({ path, content, secret }) => (content === undefined ? [] : [{ path, content, secret }]));
}

/** A folder of this account alone, which is gone afterwards. */
async function inFolder<T>(files: readonly ConfigurationFile[], work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "hublet-configuration-"));
  try {
    await chmod(folder, 0o700);
    for (const { path, content } of files) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(file, content, { mode: 0o600, flag: "wx" });
    }
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
