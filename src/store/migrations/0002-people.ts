import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Identities elsewhere, groups, requests for accounts, second factors, shares. */
export function people(kind: "sqlite" | "postgres"): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      const { schema } = db;
      const withId = (table: string) =>
        kind === "sqlite"
          ? schema.createTable(table).addColumn("id", "integer", (c) => c.primaryKey().autoIncrement())
          : schema.createTable(table).addColumn("id", "serial", (c) => c.primaryKey());

      await schema
        .alterTable("users")
        .addColumn("admin_by_hand", "integer", (c) => c.notNull().defaultTo(0))
        .execute();
      await schema
        .alterTable("users")
        .addColumn("by_hand", "integer", (c) => c.notNull().defaultTo(1))
        .execute();
      await schema.alterTable("users").addColumn("suspended", "text").execute();
      await sql`update users set admin_by_hand = admin`.execute(db);
      await schema.alterTable("servers").addColumn("note", "text").execute();

      await withId("identities")
        .addColumn("user_id", "integer", (c) => c.notNull().references("users.id").onDelete("cascade"))
        .addColumn("provider", "text", (c) => c.notNull())
        .addColumn("issuer", "text", (c) => c.notNull())
        .addColumn("subject", "text", (c) => c.notNull())
        .addColumn("login", "text", (c) => c.notNull())
        .addColumn("email", "text")
        .addColumn("groups", "text", (c) => c.notNull())
        .addColumn("credential", "text")
        .addColumn("refreshed_at", "text", (c) => c.notNull())
        .addColumn("problem", "text")
        .addUniqueConstraint("identities_subject", ["provider", "issuer", "subject"])
        .addUniqueConstraint("identities_user", ["user_id", "provider", "issuer"])
        .execute();
      await schema
        .createTable("bound_logins")
        .addColumn("provider", "text", (c) => c.notNull())
        .addColumn("issuer", "text", (c) => c.notNull())
        .addColumn("login", "text", (c) => c.notNull())
        .addColumn("subject", "text", (c) => c.notNull())
        .addPrimaryKeyConstraint("bound_logins_key", ["provider", "issuer", "login"])
        .execute();
      await schema
        .createIndex("bound_logins_subject")
        .on("bound_logins")
        .columns(["provider", "issuer", "subject"])
        .execute();
      await withId("groups")
        .addColumn("name", "text", (c) => c.notNull().unique())
        .addColumn("properties", "text", (c) => c.notNull())
        .execute();
      await schema
        .createTable("group_members")
        .addColumn("group_id", "integer", (c) => c.notNull().references("groups.id").onDelete("cascade"))
        .addColumn("user_id", "integer", (c) => c.notNull().references("users.id").onDelete("cascade"))
        .addPrimaryKeyConstraint("group_members_key", ["group_id", "user_id"])
        .execute();
      await schema.createIndex("group_members_user").on("group_members").column("user_id").execute();
      await withId("sign_ups")
        .addColumn("name", "text", (c) => c.notNull())
        .addColumn("password_hash", "text", (c) => c.notNull())
        .addColumn("note", "text", (c) => c.notNull())
        .addColumn("address", "text", (c) => c.notNull())
        .addColumn("created", "text", (c) => c.notNull())
        .execute();
      await schema.createIndex("sign_ups_name").on("sign_ups").column("name").execute();
      await schema
        .createTable("second_factors")
        .addColumn("user_id", "integer", (c) => c.primaryKey().references("users.id").onDelete("cascade"))
        .addColumn("secret", "text", (c) => c.notNull())
        .addColumn("active", "integer", (c) => c.notNull())
        .addColumn("last_step", "integer", (c) => c.notNull())
        .addColumn("recovery", "text", (c) => c.notNull())
        .addColumn("created", "text", (c) => c.notNull())
        .execute();
      await withId("shares")
        .addColumn("server_id", "integer", (c) => c.notNull().references("servers.id").onDelete("cascade"))
        .addColumn("user_id", "integer", (c) => c.references("users.id").onDelete("cascade"))
        .addColumn("group_id", "integer", (c) => c.references("groups.id").onDelete("cascade"))
        .addColumn("scopes", "text", (c) => c.notNull())
        .addColumn("created", "text", (c) => c.notNull())
        .execute();
      await schema.createIndex("shares_server").on("shares").column("server_id").execute();
      await schema.createIndex("shares_user").on("shares").column("user_id").execute();
      await schema.createIndex("shares_group").on("shares").column("group_id").execute();
      await withId("share_codes")
        .addColumn("server_id", "integer", (c) => c.notNull().references("servers.id").onDelete("cascade"))
        .addColumn("hash", "text", (c) => c.notNull().unique())
        .addColumn("scopes", "text", (c) => c.notNull())
        .addColumn("created", "text", (c) => c.notNull())
        .addColumn("expires_at", "text", (c) => c.notNull())
        .addColumn("exchange_count", "integer", (c) => c.notNull())
        .addColumn("last_exchanged_at", "text")
        .execute();
    },
  };
}
