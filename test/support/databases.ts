/** One test suite over every database: a fresh, migrated, real database for each test that asks. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext } from "node:test";
import pg from "pg";
import { randomHex } from "../../src/kernel/index.ts";
import { type DatabaseKind, openStore, type Store, type StoreLocation } from "../../src/store/index.ts";
import { type Cluster, startCluster } from "./postgres-cluster.ts";

const KINDS: readonly DatabaseKind[] = ["sqlite", "postgres"];

/** Opens a fresh database that is closed (and deleted) after the test. */
export type OpenDatabase = (t: TestContext) => Promise<Store>;

export interface DatabaseTools {
  readonly kind: DatabaseKind;
  /** Where a fresh database is, to open it more than once. Migrated already on PostgreSQL. */
  readonly locate: (t: TestContext) => Promise<StoreLocation>;
}

/**
 * Runs `suite` over SQLite and PostgreSQL.
 * @example forEachDatabase("people", (open) => { test("…", async (t) => { const store = await open(t); … }); });
 */
export function forEachDatabase(name: string, suite: (open: OpenDatabase, tools: DatabaseTools) => void): void {
  for (const kind of KINDS) {
    const create = kind === "sqlite" ? createSqlite : createPostgres;
    describe(`${name} [${kind}]`, () => {
      suite(
        async (t) => {
          const { location, remove } = await create();
          const store = await openStore(location);
          t.after(async () => {
            await store.close();
            await remove();
          });
          return store;
        },
        {
          kind,
          locate: async (t) => {
            const { location, remove } = await create();
            t.after(remove);
            return location;
          },
        },
      );
    });
  }
}

interface Created {
  readonly location: StoreLocation;
  readonly remove: () => Promise<void>;
}

async function createSqlite(): Promise<Created> {
  const folder = mkdtempSync(join(tmpdir(), "hublet-test-"));
  return {
    location: { kind: "sqlite", file: join(folder, "hublet.db") },
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The one piece of module state: all suites of a test process share the cluster, since one takes a second to start. */
const shared: { cluster?: Promise<Cluster> } = {};
const TEMPLATE = "hublet_template";

async function createPostgres(): Promise<Created> {
  shared.cluster ??= clusterWithTemplate();
  const cluster = await shared.cluster;
  const name = `test_${randomHex(8)}`;
  await execute(cluster, `create database ${name} template ${TEMPLATE}`);
  return {
    location: { kind: "postgres", url: cluster.url(name) },
    remove: () => execute(cluster, `drop database ${name} with (force)`),
  };
}

async function clusterWithTemplate(): Promise<Cluster> {
  const cluster = await startCluster();
  await execute(cluster, `create database ${TEMPLATE}`);
  await (await openStore({ kind: "postgres", url: cluster.url(TEMPLATE) })).close();
  return cluster;
}

async function execute(cluster: Cluster, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: cluster.url("postgres"), connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** A temporary folder that is removed after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "hublet-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
