/** A row of `servers` as data, and back. */
import type { Selectable, Updateable } from "kysely";
import { z } from "zod";
import { type Failure, failureSchema, type ServerState, serverStateSchema } from "../contract/index.ts";
import type { ServerName, UserName } from "../kernel/index.ts";
import type { ServersTable } from "./tables.ts";

const optionsSchema = z.record(z.string(), z.unknown());
const gateSchema = z.object({ epoch: z.string() });
const noteSchema = z.object({ text: z.string(), rule: z.string() });
const protocolSchema = z.enum(["jupyterhub", "http"]).nullable();

/** Why the hub itself stopped a server, without a full stop; and the rule with its place, which is for admins. */
export type ServerNote = Readonly<z.infer<typeof noteSchema>>;

export interface ServerRow {
  readonly id: number;
  readonly userId: number;
  readonly user: UserName;
  readonly name: ServerName;
  readonly displayName: string;
  readonly state: ServerState;
  readonly since: string;
  readonly started: string | null;
  readonly lastActivity: string | null;
  readonly options: Readonly<Record<string, unknown>>;
  readonly profile: string | null;
  readonly image: string | null;
  readonly protocol: "jupyterhub" | "http" | null;
  readonly engineId: string | null;
  readonly url: string | null;
  readonly tokenId: number | null;
  readonly gate: { readonly epoch: string } | null;
  readonly failure: Failure | null;
  readonly note: ServerNote | null;
  readonly generation: number;
  readonly leaseOwner: string | null;
  readonly leaseUntil: string | null;
}

/** What a change sets; what is not named stays. */
export type ServerPatch = Partial<Omit<ServerRow, "id" | "userId" | "user">>;

/** Parses a row, JSON columns too. */
export function toRow(row: Selectable<ServersTable> & { user: string }): ServerRow {
  return {
    id: row.id,
    userId: row.user_id,
    user: row.user as UserName,
    name: row.name as ServerName,
    displayName: row.display_name,
    state: serverStateSchema.parse(row.state),
    since: row.state_since,
    started: row.started,
    lastActivity: row.last_activity,
    options: optionsSchema.parse(JSON.parse(row.user_options)),
    profile: row.profile,
    image: row.image,
    protocol: protocolSchema.parse(row.protocol),
    engineId: row.engine_id,
    url: row.url,
    tokenId: row.token_id,
    gate: row.gate === null ? null : gateSchema.parse(JSON.parse(row.gate)),
    failure: row.failure === null ? null : failureSchema.parse(JSON.parse(row.failure)),
    note: row.note === null ? null : noteSchema.parse(JSON.parse(row.note)),
    generation: row.generation,
    leaseOwner: row.lease_owner,
    leaseUntil: row.lease_until,
  };
}

const COLUMNS = {
  name: "name",
  displayName: "display_name",
  state: "state",
  since: "state_since",
  started: "started",
  lastActivity: "last_activity",
  options: "user_options",
  profile: "profile",
  image: "image",
  protocol: "protocol",
  engineId: "engine_id",
  url: "url",
  tokenId: "token_id",
  gate: "gate",
  failure: "failure",
  note: "note",
  generation: "generation",
  leaseOwner: "lease_owner",
  leaseUntil: "lease_until",
} as const satisfies Record<keyof ServerPatch, keyof ServersTable>;

/** Columns of a change; structured values become JSON. */
export function toColumns(patch: ServerPatch): Updateable<ServersTable> {
  const entries = Object.entries(patch).map(([key, value]) => [
    COLUMNS[key as keyof ServerPatch],
    typeof value === "object" && value !== null ? JSON.stringify(value) : value,
  ]);
  return Object.fromEntries(entries) as Updateable<ServersTable>;
}
