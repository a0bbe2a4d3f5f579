import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** The columns' types differ between the databases only in how an id counts up. */
export function initial(kind: "sqlite" | "postgres"): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      const schema = db.schema;
      const withId = (table: string) =>
        kind === "sqlite"
          ? schema.createTable(table).addColumn("id", "integer", (c) => c.primaryKey().autoIncrement())
          : schema.createTable(table).addColumn("id", "serial", (c) => c.primaryKey());

      await withId("users")
        .addColumn("name", "text", (c) => c.notNull().unique())
        .addColumn("admin", "integer", (c) => c.notNull())
        .addColumn("created", "text", (c) => c.notNull())
        .addColumn("last_activity", "text")
        .addColumn("password_hash", "text")
        .addColumn("cookie_id", "text", (c) => c.notNull())
        .execute();
      await schema
        .createTable("claims")
        .addColumn("user_id", "integer", (c) => c.primaryKey().references("users.id").onDelete("cascade"))
        .addColumn("code_hash", "text", (c) => c.notNull().unique())
        .addColumn("created", "text", (c) => c.notNull())
        .addColumn("expires_at", "text", (c) => c.notNull())
        .execute();
      await schema
        .createTable("sessions")
        .addColumn("hash", "text", (c) => c.primaryKey())
        .addColumn("user_id", "integer", (c) => c.notNull().references("users.id").onDelete("cascade"))
        .addColumn("session_id", "text", (c) => c.notNull())
        .addColumn("created", "text", (c) => c.notNull())
        .addColumn("expires_at", "text", (c) => c.notNull())
        .addColumn("user_agent", "text", (c) => c.notNull())
        .addColumn("address", "text", (c) => c.notNull())
        .execute();
      await withId("servers")
        .addColumn("user_id", "integer", (c) => c.notNull().references("users.id").onDelete("cascade"))
        .addColumn("name", "text", (c) => c.notNull())
        .addColumn("display_name", "text", (c) => c.notNull())
        .addColumn("state", "text", (c) => c.notNull())
        .addColumn("state_since", "text", (c) => c.notNull())
        .addColumn("started", "text")
        .addColumn("last_activity", "text")
        .addColumn("user_options", "text", (c) => c.notNull())
        .addColumn("profile", "text")
        .addColumn("image", "text")
        .addColumn("protocol", "text")
        .addColumn("engine_id", "text")
        .addColumn("url", "text")
        .addColumn("token_id", "integer")
        .addColumn("gate", "text")
        .addColumn("failure", "text")
        .addColumn("generation", "integer", (c) => c.notNull())
        .addColumn("lease_owner", "text")
        .addColumn("lease_until", "text")
        .addUniqueConstraint("servers_user_name", ["user_id", "name"])
        .execute();
      await withId("tokens")
        .addColumn("user_id", "integer", (c) => c.notNull().references("users.id").onDelete("cascade"))
        .addColumn("hash", "text", (c) => c.notNull().unique())
        .addColumn("note", "text", (c) => c.notNull())
        .addColumn("scopes", "text", (c) => c.notNull())
        .addColumn("client_id", "text", (c) => c.notNull())
        .addColumn("session_id", "text")
        .addColumn("created", "text", (c) => c.notNull())
        .addColumn("last_activity", "text")
        .addColumn("expires_at", "text")
        .execute();
      await schema
        .createTable("oauth_clients")
        .addColumn("client_id", "text", (c) => c.primaryKey())
        .addColumn("secret_hash", "text", (c) => c.notNull())
        .addColumn("redirect_uri", "text", (c) => c.notNull())
        .addColumn("description", "text", (c) => c.notNull())
        .addColumn("server_id", "integer", (c) => c.notNull().references("servers.id").onDelete("cascade"))
        .addColumn("allowed_scopes", "text", (c) => c.notNull())
        .execute();
      await schema
        .createTable("oauth_codes")
        .addColumn("hash", "text", (c) => c.primaryKey())
        .addColumn("client_id", "text", (c) => c.notNull())
        .addColumn("user_id", "integer", (c) => c.notNull().references("users.id").onDelete("cascade"))
        .addColumn("redirect_uri", "text", (c) => c.notNull())
        .addColumn("scopes", "text", (c) => c.notNull())
        .addColumn("challenge", "text")
        .addColumn("challenge_method", "text")
        .addColumn("session_id", "text")
        .addColumn("expires_at", "text", (c) => c.notNull())
        .execute();
      await withId("server_events")
        .addColumn("server_id", "integer", (c) => c.notNull().references("servers.id").onDelete("cascade"))
        .addColumn("generation", "integer", (c) => c.notNull())
        .addColumn("at", "text", (c) => c.notNull())
        .addColumn("state", "text", (c) => c.notNull())
        .addColumn("step", "text")
        .addColumn("message", "text", (c) => c.notNull())
        .addColumn("progress", "integer", (c) => c.notNull())
        .addColumn("bytes_done", "bigint")
        .addColumn("bytes_total", "bigint")
        .addColumn("failure", "text")
        .execute();
      await schema
        .createTable("attempts")
        .addColumn("key", "text", (c) => c.primaryKey())
        .addColumn("failures", "integer", (c) => c.notNull())
        .addColumn("blocked_until", "text")
        .addColumn("last_failure", "text", (c) => c.notNull())
        .execute();
      await schema
        .createTable("facts")
        .addColumn("name", "text", (c) => c.primaryKey())
        .addColumn("value", "text", (c) => c.notNull())
        .execute();

      for (const [table, column] of [
        ["sessions", "user_id"],
        ["sessions", "expires_at"],
        ["tokens", "user_id"],
        ["tokens", "client_id"],
        ["tokens", "expires_at"],
        ["attempts", "last_failure"],
        ["oauth_codes", "client_id"],
        ["oauth_codes", "user_id"],
        ["oauth_clients", "server_id"],
      ] as const) {
        await schema.createIndex(`${table}_${column}`).on(table).column(column).execute();
      }
      // With the person behind the state: an index on the state alone makes SQLite look through every ready server
      // for each person of the list.
      await schema.createIndex("servers_state").on("servers").columns(["state", "user_id"]).execute();
      // People without activity come first in both databases; PostgreSQL would put them last.
      const nulls = sql.raw(kind === "postgres" ? " nulls first" : "");
      await sql`create index users_last_activity on users (last_activity asc${nulls}, id)`.execute(db);
      await schema
        .createIndex("server_events_server")
        .on("server_events")
        .columns(["server_id", "generation"])
        .execute();
      if (kind === "postgres") {
        // Names sort by code point, as in SQLite, whatever the language of the database.
        await sql`alter table users alter name type text collate "C"`.execute(db);
        await sql`alter table servers alter name type text collate "C"`.execute(db);
        // node-postgres gives bigint as text; byte counts fit a double.
        await sql`alter table server_events alter bytes_done type double precision, alter bytes_total type double precision`.execute(
          db,
        );
      }
    },
  };
}
