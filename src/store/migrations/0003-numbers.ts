import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** The number under which a person's servers run, where everybody has one of their own. */
export function numbers(): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      const { schema } = db;
      // SQLite adds no column that is unique by itself; of an index, both let any number of rows have none.
      await schema.alterTable("users").addColumn("uid", "integer").execute();
      await schema.createIndex("users_uid").on("users").column("uid").unique().execute();
    },
  };
}
