import type { Kysely } from "kysely";
import type { Tables } from "./tables.ts";

/** What the repositories query: the database, or a transaction on it. */
export type Database = Kysely<Tables>;
export type DatabaseKind = "sqlite" | "postgres";
