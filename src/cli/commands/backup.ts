/** `hublet backup list|show|check|prune`: looking after backups. */
import { z } from "zod";
import { check, homeOf, keptSnapshots, listEntries, lockRepository, prune, type Snapshot } from "../../deploy/index.ts";
import { HubError, isoTime, systemClock } from "../../kernel/index.ts";
import { command, firstWord } from "../command.ts";
import { table } from "../table.ts";
import { besideHub, configurationOf, placeOptions, sizeText, withRepository } from "./backup-place.ts";

export const backupList = command({
  path: ["backup", "list"],
  summary: "List backups, the oldest first",
  positionals: [],
  options: placeOptions,
  beside: besideHub,
  examples: ["hublet backup list", "hublet backup list --from /mnt/backups"],
  run: (context, _words, options) =>
    withRepository(context, options, async (repository) => {
      const snapshots: Snapshot[] = [];
      for (const id of await repository.snapshotIds()) snapshots.push(await repository.snapshot(id));
      const json = snapshots.map((each) => ({
        ...{ id: each.id, at: each.at, host: each.host, version: each.version, homes: each.homes.length },
        ...{ bytes: bytesOf(each), whole: isWhole(each) },
      }));
      const rows = json.map(({ id, at, host, homes, bytes, whole }) => [
        ...[id, at.slice(0, 16).replace("T", " "), host, String(homes), sizeText(bytes), whole ? "whole" : "not whole"],
      ]);
      const text = table(["ID", "MADE (UTC)", "HOST", "HOMES", "SIZE", "STATE"], rows, "There are no backups yet.");
      return { json, text };
    }),
});

function bytesOf({ database, configuration, archives, homes }: Snapshot): number {
  const tars = [configuration, ...(archives === null ? [] : [archives]), ...homes];
  return tars.reduce((sum, { tar }) => sum + tar.bytes, database.dump.bytes);
}

function isWhole({ homes, failures }: Snapshot): boolean {
  return failures.length === 0 && homes.every(({ incomplete }) => incomplete === undefined);
}

export const backupShow = command({
  path: ["backup", "show"],
  summary: "Show what a backup holds, or a folder of it",
  positionals: [
    { name: "id", description: "The backup, the beginning of its id, or latest." },
    {
      name: "path",
      description: "USER, USER:FOLDER, configuration:FOLDER or archives: what is listed.",
      optional: true,
    },
  ],
  options: placeOptions,
  beside: besideHub,
  examples: [
    "hublet backup show latest",
    "hublet backup show latest ada:work",
    "hublet backup show 20300102 configuration",
  ],
  run: (context, words, options) =>
    withRepository(context, options, async (repository) => {
      const snapshot = await repository.snapshot(firstWord(words));
      if (words[1] === undefined) return summaryOf(snapshot);
      const colon = words[1].indexOf(":");
      const [name, path] = colon < 0 ? [words[1], ""] : [words[1].slice(0, colon), words[1].slice(colon + 1)];
      const entries = await listEntries(repository, partOf(snapshot, name), path);
      const rows = entries.map(({ kind, mode, uid, gid, size, mtime, path: entry, target }) => [
        ...[kind, mode.toString(8).padStart(4, "0"), `${uid}:${gid}`, String(size)],
        ...[
          isoTime(mtime * 1000)
            .slice(0, 16)
            .replace("T", " "),
          target === "" ? entry : `${entry} -> ${target}`,
        ],
      ]);
      const text = table(["KIND", "MODE", "OWNER", "BYTES", "CHANGED", "PATH"], rows, "There is nothing in it.");
      return { json: entries.map(({ span: _span, skip: _skip, ...entry }) => entry), text };
    }),
});

function partOf(snapshot: Snapshot, name: string) {
  if (name === "configuration") return snapshot.configuration;
  if (name !== "archives") return homeOf(snapshot, name);
  if (snapshot.archives !== null) return snapshot.archives;
  throw new HubError("not-found", `There are no archives in the backup ${snapshot.id}.`);
}

function summaryOf(snapshot: Snapshot) {
  const { id, at, host, version, database, configuration, archives, homes, failures } = snapshot;
  const shown = homes.map(({ user, volume, tar, files, incomplete, notes }) => ({
    ...{ user, volume, bytes: tar.bytes, files, incomplete: incomplete ?? null, changed: notes.length },
  }));
  const json = {
    ...{ id, at, host, version, database: { kind: database.kind, rows: database.rows } },
    ...{ configuration: configuration.files, archives: archives?.files ?? 0, homes: shown, failures },
  };
  const rows = shown.map(({ user, volume, bytes, files, incomplete }) => [
    ...[user ?? volume, sizeText(bytes), String(files), incomplete ?? "whole"],
  ]);
  const lines = [
    `${id}, made ${at} on ${host} by Hublet ${version}.`,
    `Database: ${database.rows} rows (${database.kind}). Configuration: ${configuration.files} files. Archives: ${archives?.files ?? 0}.`,
    "",
    table(["HOME", "SIZE", "FILES", "STATE"], rows, "There are no homes in it."),
    ...failures.map(({ what, message }) => `Missing: ${what}: ${message}`),
  ];
  return { json, text: lines.join("\n") };
}

export const backupCheck = command({
  path: ["backup", "check"],
  summary: "Check that every backup can be restored",
  positionals: [],
  options: {
    ...placeOptions,
    readData: z.boolean().default(false).describe("Read and decrypt everything, which takes a while."),
    rebuild: z.boolean().default(false).describe("Make lost or damaged index files anew from the packs."),
  },
  beside: besideHub,
  examples: ["hublet backup check", "hublet backup check --read-data"],
  run: (context, _words, { readData, rebuild, ...options }) =>
    withRepository(context, options, async (repository) => {
      const lock = await lockRepository(repository.store, {
        ...{ kind: rebuild ? "alone" : "shared", doing: "a check", clock: systemClock },
      });
      try {
        const result = await check(repository, { readData, rebuild, progress: (line) => context.note(line) });
        const problems = result.problems.flatMap(({ file, message, affects }) => [
          `${file} ${message}.`,
          ...affects.map((each) => `  Not to be restored: ${each}.`),
        ]);
        const all = `${result.snapshots} backups, ${result.packs} packs, ${sizeText(result.bytes)}`;
        const good = readData ? "everything was read and is as it was written" : "nothing is missing";
        const text = problems.length === 0 ? `${all}: ${good}.` : [`${all}.`, ...problems].join("\n");
        return { json: result, text, exitCode: problems.length === 0 ? 0 : 1 };
      } finally {
        await lock.close();
      }
    }),
});

const count = z.coerce.number().int().min(0).optional();

export const backupPrune = command({
  path: ["backup", "prune"],
  summary: "Remove backups that need not be kept, by backup.keep of the configuration or the options",
  positionals: [],
  options: {
    ...placeOptions,
    daily: count.describe("Keep the newest of each of so many days."),
    weekly: count.describe("Keep the newest of each of so many weeks."),
    monthly: count.describe("Keep the newest of each of so many months."),
    dryRun: z.boolean().default(false).describe("Only say which would go."),
  },
  beside: besideHub,
  examples: ["hublet backup prune --dry-run", "hublet backup prune --daily 7 --weekly 4 --monthly 0"],
  run: async (context, _words, { daily, weekly, monthly, dryRun, ...options }) => {
    const loaded = await configurationOf(context);
    const configured = loaded instanceof HubError ? undefined : loaded.config.backup?.keep;
    if (configured === undefined && [daily, weekly, monthly].every((each) => each === undefined))
      throw new HubError(
        "usage",
        "It is not known what to keep. Set backup.keep, or give --daily, --weekly, --monthly.",
      );
    const keep = {
      daily: daily ?? configured?.daily ?? 0,
      weekly: weekly ?? configured?.weekly ?? 0,
      monthly: monthly ?? configured?.monthly ?? 0,
    };
    return await withRepository(context, options, async (repository) => {
      if (dryRun) {
        const ids = await repository.snapshotIds();
        const kept = keptSnapshots(ids, keep);
        const removed = ids.filter((id) => !kept.has(id));
        return { json: { kept: [...kept], removed }, text: removed.join("\n") || "None would go." };
      }
      const lock = await lockRepository(repository.store, { kind: "alone", doing: "pruning", clock: systemClock });
      try {
        const result = await prune(repository, lock, keep, (line) => context.note(line));
        const text = `${result.removed.length} backups were removed, ${result.kept.length} are kept, ${sizeText(result.freed)} are free now.`;
        return { json: result, text };
      } finally {
        await lock.close();
      }
    });
  },
});
