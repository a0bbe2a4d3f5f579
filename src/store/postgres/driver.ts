/** A pool of connections to PostgreSQL that gives the same values as SQLite does. */
import pg from "pg";

/** Object id of PostgreSQL's 8-byte integers: what `count(*)` gives. */
const INT8 = 20;
/** No query of this program takes longer unless the database is stuck (milliseconds). */
const QUERY_TIMEOUT = 30_000;

/** As long as a copy of everything may take at a slow place (milliseconds). */
const COPY_TIMEOUT = 6 * 60 * 60 * 1000;

/**
 * Connects lazily; a wait for a connection ends after 5 s, a query after 30 s.
 * @param patient for copies of the whole database, which may wait long for where they go
 */
export function openPostgres(url: string, { patient = false } = {}): pg.Pool {
  const timeout = patient ? COPY_TIMEOUT : QUERY_TIMEOUT;
  const pool = new pg.Pool({
    connectionString: url,
    max: 8,
    connectionTimeoutMillis: 5000,
    statement_timeout: timeout,
    query_timeout: timeout + 5000,
    idle_in_transaction_session_timeout: timeout,
    application_name: "hublet",
    types: {
      // node-postgres gives 8-byte integers as text; ours are counts and fit a double.
      getTypeParser: ((oid: number, format: "text") =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  });
  // A connection that breaks (the database restarted) is dropped by the pool and replaced at the next query; without
  // a listener Node would take the event for an uncaught error and end the hub. The pool listens to idle connections
  // only: one in use tells its query of the first error, and emits the next one (the closed socket) to nobody.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}
