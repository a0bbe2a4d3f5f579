/** Root's records on a host: what was applied, generation by generation. */
import { join } from "node:path";
import { z } from "zod";
import { HubError, messageOf } from "../../kernel/index.ts";
import type { Host } from "../host/port.ts";
import type { Generation } from "./types.ts";

/** A host tells these of itself, and configuration becomes files of the machine that asks: none may lead elsewhere. */
const plainPath = z
  .string()
  .refine(
    (path) => path.split("/").every((part) => !["", ".", ".."].includes(part)) && !path.includes("\0"),
    "is no path below a folder",
  );

export const generationSchema = z.object({
  number: z.number().int().min(1),
  created: z.string(),
  by: z.string(),
  version: z.string(),
  images: z.record(z.string(), z.string()),
  units: z.record(plainPath, z.string()),
  configuration: z.record(plainPath, z.string().nullable()),
  databaseBackup: z.string().nullable(),
  databaseVersion: z.string().nullable(),
}) satisfies z.ZodType<Generation>;

export interface Records {
  readonly current: Generation | undefined;
  /** Complete generations, lowest first. */
  readonly numbers: readonly number[];
  /** Those with a copy of the database as it was before them. */
  readonly withDatabase: readonly number[];
  /** Databases that were put back for generation `number`: the copy from before generation `from`. */
  readonly restored: readonly { readonly number: number; readonly from: number }[];
  /** The host's age recipient. */
  readonly recipient: string | undefined;
  /** Images of servers that no registry gave out when they were asked for last. */
  readonly missedImages: readonly string[];
}

export const NO_RECORDS: Records = {
  current: undefined,
  numbers: [],
  withDatabase: [],
  restored: [],
  recipient: undefined,
  missedImages: [],
};

/** Where root keeps records of an account. */
export function recordsOf(account: string): string {
  return `/var/lib/hublet-deploy/${account}`;
}

/** Places below the folder of records. */
export const CURRENT = "current";
export const RECIPIENT = "recipient";
export const MISSED_IMAGES = "missed-images";
export function generationFolder(number: number): string {
  return `generations/${number}`;
}
export function databaseFile(number: number): string {
  return `${generationFolder(number)}/database`;
}
/** It says that a database was put back, so that an apply that goes on does not do it again. */
export function restoredFile(number: number, from: number): string {
  return `${generationFolder(number)}/restored-from-${from}`;
}
/** It says that the copy of the database is what a rollback to `from` keeps, not what another apply left. */
export function savedFile(number: number, from: number): string {
  return `${generationFolder(number)}/saved-for-${from}`;
}
export function manifestFile(number: number): string {
  return `${generationFolder(number)}/manifest.json`;
}

/** The number of what is applied next; one that was begun and not finished has it again. */
export function nextGeneration({ current }: Records): number {
  return (current?.number ?? 0) + 1;
}

/** One line for each file or folder: its path and, for a file, its content in base64. */
const READ = `cd -- "$1" 2>/dev/null || exit 0
number=$(cat current 2>/dev/null)
for file in current recipient missed-images "generations/$number/manifest.json"; do
  [ -f "$file" ] && printf '%s %s\\n' "$file" "$(base64 -w 0 < "$file")"
done
find generations -mindepth 1 -maxdepth 2 2>/dev/null
exit 0`;

/** @throws HubError `state-unusable` when they are damaged, `host-unreachable`, `command-failed` */
export async function readRecords(host: Host, folder: string): Promise<Records> {
  const { stdout } = await host.mustRun(["sh", "-c", READ, "sh", folder]);
  return recordsFrom(stdout, folder);
}

export function recordsFrom(listing: string, folder: string): Records {
  const lines = listing.split("\n").filter((line) => line !== "");
  const files = new Map<string, string>();
  const paths = new Set<string>();
  for (const line of lines) {
    const [path = "", content] = line.split(" ");
    if (content === undefined) paths.add(path);
    else files.set(path, Buffer.from(content, "base64").toString("utf8"));
  }
  const numbersWith = (file: string): number[] =>
    [...paths]
      .flatMap((path) => (path.endsWith(`/${file}`) ? [Number(path.split("/")[1])] : []))
      .filter(Number.isSafeInteger)
      .toSorted((a, b) => a - b);
  const current = files.get(CURRENT)?.trim();
  const manifest = current === undefined ? undefined : files.get(manifestFile(Number(current)));
  return {
    current:
      manifest === undefined ? undefined : parseGeneration(manifest, join(folder, manifestFile(Number(current)))),
    numbers: numbersWith("manifest.json"),
    withDatabase: numbersWith("database"),
    restored: [...paths].flatMap((path) => {
      const [, number, from] = /^generations\/(\d+)\/restored-from-(\d+)$/.exec(path) ?? [];
      return number === undefined ? [] : [{ number: Number(number), from: Number(from) }];
    }),
    recipient: files.get(RECIPIENT)?.trim(),
    missedImages: (files.get(MISSED_IMAGES) ?? "").split("\n").filter((line) => line !== ""),
  };
}

/** Reads one generation. @throws HubError `not-found`, `state-unusable` */
export async function readGeneration(host: Host, folder: string, number: number): Promise<Generation> {
  const path = join(folder, manifestFile(number));
  const content = await host.readFile(path);
  if (content === undefined)
    throw new HubError(
      "not-found",
      `There is no generation ${number} on ${host.name}. “hublet generations” lists those that are kept.`,
    );
  return parseGeneration(content.toString("utf8"), path);
}

function parseGeneration(text: string, path: string): Generation {
  try {
    return generationSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new HubError(
      "state-unusable",
      `The record ${path} is damaged: ${messageOf(error)}. Remove ${path}, then apply again.`,
      { cause: error },
    );
  }
}
