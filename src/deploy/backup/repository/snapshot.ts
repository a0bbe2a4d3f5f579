/** What one backup holds: `snapshots/ID`, sealed and compressed. Written last, so that a backup is there as a whole or not at all. */
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { z } from "zod";
import { HubError, randomHex } from "../../../kernel/index.ts";
import type { BackupStore } from "../store/port.ts";
import type { RepositoryKeys } from "./keys.ts";
import { streamRefSchema } from "./streams.ts";

const tarPartSchema = z.object({
  /** Uncompressed, as tar wrote it. */
  tar: streamRefSchema,
  /** Table of contents: `toc.ts`. */
  contents: streamRefSchema,
  files: z.number(),
  /** The tar has pax headers. */
  extended: z.boolean(),
  /** Why it does not hold everything, when it does not. */
  incomplete: z.string().optional(),
  /** What changed while it was read. */
  notes: z.array(z.string()),
});
export type TarPart = z.infer<typeof tarPartSchema>;

const homeSchema = tarPartSchema.extend({
  volume: z.string(),
  labels: z.record(z.string(), z.string()),
  /** Whose home it is; null for other volumes. */
  user: z.string().nullable(),
});
export type HomePart = z.infer<typeof homeSchema>;

const snapshotSchema = z.object({
  format: z.literal(1),
  id: z.string(),
  /** ISO-8601. */
  at: z.string(),
  /** Of the program. */
  version: z.string(),
  host: z.string(),
  /** The hub's own id, by which its volumes are labelled. */
  hub: z.string(),
  database: z.object({ dump: streamRefSchema, kind: z.enum(["sqlite", "postgres"]), rows: z.number() }),
  configuration: tarPartSchema.extend({
    /** Path of `hublet.yaml` below the folder, and the folder where it lay. */
    file: z.string().refine((path) => !path.startsWith("/") && !path.split("/").includes("..")),
    folder: z.string(),
  }),
  /** JSON: the hub's keys by name. */
  keys: streamRefSchema,
  archives: tarPartSchema.nullable(),
  homes: z.array(homeSchema),
  /** What could not be read at all. */
  failures: z.array(z.object({ what: z.string(), message: z.string() })),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

/** `20300102-030405-1a2b`: when it was made (UTC), and what tells it from another of that second. */
export function snapshotId(at: Date): string {
  const time = at
    .toISOString()
    .replace(/[-:]|\..*$/g, "")
    .replace("T", "-");
  return `${time}-${randomHex(2)}`;
}

export function isSnapshotId(name: string): boolean {
  return /^\d{8}-\d{6}-[0-9a-f]{4}$/.test(name);
}

export async function writeSnapshot(store: BackupStore, keys: RepositoryKeys, snapshot: Snapshot): Promise<void> {
  const plain = zstdCompressSync(Buffer.from(JSON.stringify(snapshot)));
  await store.put(`snapshots/${snapshot.id}`, [keys.seal(`snapshot:${snapshot.id}`, plain)]);
}

/** @throws HubError `not-found`, `backup-unusable` */
export async function readSnapshot(store: BackupStore, keys: RepositoryKeys, id: string): Promise<Snapshot> {
  const plain = keys.open(`snapshot:${id}`, await store.get(`snapshots/${id}`));
  if (plain === undefined) {
    throw new HubError(
      "backup-unusable",
      `The backup ${id} in ${store.where} is damaged: its manifest was changed. Others are not touched by that; “hublet backup list” shows them.`,
    );
  }
  return snapshotSchema.parse(JSON.parse(zstdDecompressSync(plain).toString("utf8")));
}
