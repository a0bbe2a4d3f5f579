import assert from "node:assert/strict";
import { test } from "node:test";
import { CompiledQuery, type KyselyPlugin, sql } from "kysely";
import { forEachDatabase } from "../../test/support/databases.ts";
import {
  countAttempt,
  type Database,
  deleteAttempt,
  deleteClaim,
  deleteUser,
  endSignIns,
  findAttempts,
  findClaim,
  findIdentity,
  findSecondFactor,
  findUser,
  findUserById,
  getFact,
  listGivenTo,
  listGroupsOf,
  listIdentitiesOf,
  listSessionsOf,
  purgeAttempts,
  putClaims,
  refundAttempt,
  takeClaim,
  touchUser,
  useSecondFactorStep,
} from "./index.ts";

const NOW = "2030-01-01T00:00:00.000Z";

/** Everything that happens at each request or sign-in, and so must not read a whole table. */
const QUERIES: Readonly<Record<string, (db: Database) => Promise<unknown>>> = {
  findUser: (db) => findUser(db, "alice"),
  findUserById: (db) => findUserById(db, 1),
  touchUser: (db) => touchUser(db, 1, NOW, NOW),
  deleteUser: (db) => deleteUser(db, 1),
  endSignIns: (db) => endSignIns(db, 1, "hash"),
  findClaim: (db) => findClaim(db, "hash", NOW),
  takeClaim: (db) => takeClaim(db, "hash", NOW),
  deleteClaim: (db) => deleteClaim(db, 1),
  findAttempts: (db) => findAttempts(db, ["pair:a|b", "user:a"]),
  refundAttempt: (db) => refundAttempt(db, "pair:a|b"),
  deleteAttempt: (db) => deleteAttempt(db, "pair:a|b"),
  countAttempt: (db) => countAttempt(db, { key: "pair:a|b", now: NOW, forgetBefore: NOW, ladder: [] }),
  purgeAttempts: (db) => purgeAttempts(db, { prefix: "pair:", before: NOW, now: NOW }),
  findIdentity: (db) => findIdentity(db, { provider: "github", issuer: "https://github.com" }, "1"),
  listIdentitiesOf: (db) => listIdentitiesOf(db, 1),
  listGroupsOf: (db) => listGroupsOf(db, 1),
  listSessionsOf: (db) => listSessionsOf(db, 1, NOW),
  findSecondFactor: (db) => findSecondFactor(db, 1),
  useSecondFactorStep: (db) => useSecondFactorStep(db, 1, 1),
  listGivenTo: (db) => listGivenTo(db, 1, ["staff", "students"]),
  getFact: (db) => getFact(db, "id"),
};

forEachDatabase("indices", (open, { kind }) => {
  test("no frequent query reads a whole table", async (t) => {
    const store = await open(t);
    await store.db.insertInto("users").values({ name: "alice", admin: 0, created: NOW, cookie_id: "c" }).execute();
    await putClaims(store.db, [{ user_id: 1, code_hash: "other", created: NOW, expires_at: NOW }]);
    for (const [name, query] of Object.entries(QUERIES)) {
      for (const compiled of await capture(store.db, query)) {
        const plan = await explain(store.db, kind, compiled);
        assert.doesNotMatch(plan, /\bSCAN (?!CONSTANT ROW|json_each)|Seq Scan/, `${name}: ${compiled.sql}\n${plan}`);
      }
    }
  });
});

async function capture(db: Database, query: (db: Database) => Promise<unknown>): Promise<CompiledQuery[]> {
  const compiled: CompiledQuery[] = [];
  const plugin: KyselyPlugin = {
    transformQuery: ({ node, queryId }) => {
      compiled.push(db.getExecutor().compileQuery(node, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  await query(db.withPlugin(plugin));
  assert.ok(compiled.length > 0);
  return compiled;
}

async function explain(db: Database, kind: "sqlite" | "postgres", query: CompiledQuery): Promise<string> {
  return db.connection().execute(async (connection) => {
    // With a handful of rows PostgreSQL prefers to read the table; without that choice it shows whether an index fits.
    if (kind === "postgres") await sql`set enable_seqscan = off`.execute(connection);
    const text = kind === "sqlite" ? `explain query plan ${query.sql}` : `explain ${query.sql}`;
    const { rows } = await connection.executeQuery(CompiledQuery.raw(text, [...query.parameters]));
    return rows.map((row) => Object.values(row as Record<string, unknown>).join(" ")).join("\n");
  });
}
