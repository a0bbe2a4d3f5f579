/** Kysely's SQLite dialect, with the one connection handed on in order. */
import {
  type DatabaseConnection,
  type Dialect,
  SqliteAdapter,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
} from "kysely";

/**
 * Kysely's own lock wakes everybody who waits whenever the connection is free, and all but one wait anew: a thousand
 * requests at the same moment would keep the hub busy for seconds.
 */
export function orderlySqlite(config: SqliteDialectConfig): Dialect {
  const plain = new SqliteDialect(config);
  return {
    createDriver: () => new OrderlyDriver(config),
    createAdapter: () => new OrderlyAdapter(),
    createQueryCompiler: () => plain.createQueryCompiler(),
    createIntrospector: (db) => plain.createIntrospector(db),
  };
}

/** One connection, for one query or transaction at a time, in the order in which they asked. */
class OrderlyDriver extends SqliteDriver {
  #lent = false;
  readonly #waiting: (() => void)[] = [];

  override async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#lent) await new Promise<void>((go) => this.#waiting.push(go));
    this.#lent = true;
    return super.acquireConnection();
  }

  override async releaseConnection(): Promise<void> {
    const next = this.#waiting.shift();
    // It stays lent to whoever is next, so that nobody slips in between.
    if (next === undefined) this.#lent = false;
    else next();
  }
}

/** Keeps Kysely from putting its own lock around ours. */
class OrderlyAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}
