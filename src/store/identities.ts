/** Rows of `identities`: who people are at providers. */
import type { Selectable } from "kysely";
import type { UserName } from "../kernel/index.ts";
import type { Database } from "./database.ts";
import { textsOf } from "./json.ts";
import type { IdentitiesTable } from "./tables.ts";

/** One installation of a provider: ids and logins of different ones have nothing to do with each other. */
export interface Instance {
  /** `github`, `oidc:NAME`, `header` or `dummy`. */
  readonly provider: string;
  /** Origin of GitHub's address, OpenID's issuer; "" of header and dummy. */
  readonly issuer: string;
}

/** Times are ISO-8601 UTC. */
export interface IdentityRow extends Instance {
  readonly id: number;
  readonly userId: number;
  readonly subject: string;
  readonly login: string;
  readonly email: string | null;
  readonly groups: readonly string[];
  /** Sealed. */
  readonly credential: string | null;
  readonly refreshedAt: string;
  readonly problem: string | null;
}

export interface OwnedIdentityRow extends IdentityRow {
  readonly user: UserName;
}

/** What a look-up may change; `problem` is null when it went well. */
export interface IdentityChange {
  readonly login?: string;
  readonly email?: string | null;
  readonly groups?: readonly string[];
  readonly credential?: string | null;
  readonly refreshedAt?: string;
  readonly problem?: string | null;
}

export async function findIdentity(
  db: Database,
  { provider, issuer }: Instance,
  subject: string,
): Promise<OwnedIdentityRow | undefined> {
  const row = await owned(db)
    .where("identities.provider", "=", provider)
    .where("identities.issuer", "=", issuer)
    .where("identities.subject", "=", subject)
    .executeTakeFirst();
  return row === undefined ? undefined : ownedRowOf(row);
}

export async function findIdentityById(db: Database, id: number): Promise<OwnedIdentityRow | undefined> {
  const row = await owned(db).where("identities.id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : ownedRowOf(row);
}

/** Identities of one person, by provider. */
export async function listIdentitiesOf(db: Database, userId: number): Promise<IdentityRow[]> {
  const rows = await db
    .selectFrom("identities")
    .selectAll()
    .where("user_id", "=", userId)
    .orderBy("provider")
    .orderBy("issuer")
    .execute();
  return rows.map(rowOf);
}

/** Every identity there is, by person. */
export async function listIdentities(db: Database): Promise<IdentityRow[]> {
  const rows = await db
    .selectFrom("identities")
    .selectAll()
    .orderBy("user_id")
    .orderBy("provider")
    .orderBy("issuer")
    .execute();
  return rows.map(rowOf);
}

/**
 * Adds an identity, or replaces what is known of it; the person it belongs to stays, whoever is given.
 * @throws the database's unique violation when the person has another identity at this instance
 */
export async function upsertIdentity(db: Database, identity: Omit<IdentityRow, "id">): Promise<IdentityRow> {
  const { userId: user_id, provider, issuer, subject, ...known } = identity;
  const columns = columnsOf(known);
  const row = await db
    .insertInto("identities")
    .values({ user_id, provider, issuer, subject, ...columns })
    .onConflict((conflict) => conflict.columns(["provider", "issuer", "subject"]).doUpdateSet(columns))
    .returningAll()
    .executeTakeFirstOrThrow();
  return rowOf(row);
}

/** False when it is gone. */
export async function changeIdentity(db: Database, id: number, change: IdentityChange): Promise<boolean> {
  const { groups, refreshedAt, ...same } = change;
  const { numUpdatedRows } = await db
    .updateTable("identities")
    .set({
      ...same,
      ...(groups === undefined ? {} : { groups: JSON.stringify(groups) }),
      ...(refreshedAt === undefined ? {} : { refreshed_at: refreshedAt }),
    })
    .where("id", "=", id)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Of every instance. False when the person has none at this provider. */
export async function deleteIdentity(db: Database, userId: number, provider: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("identities")
    .where("user_id", "=", userId)
    .where("provider", "=", provider)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/**
 * Identities with a credential that were not looked up since `before`, of people who have a live session or a server
 * that is not at rest. Those whose last look-up failed come last, so that a provider which does not answer cannot
 * keep another one's people waiting.
 * @param due.now ISO-8601: sessions that ended before do not count
 * @param due.of the instances that can be asked now; identities of others would only keep these waiting
 */
export async function listDueIdentities(
  db: Database,
  due: { readonly before: string; readonly now: string; readonly limit: number; readonly of: readonly Instance[] },
): Promise<OwnedIdentityRow[]> {
  if (due.of.length === 0) return [];
  const rows = await owned(db)
    .where("identities.refreshed_at", "<", due.before)
    .where("identities.credential", "is not", null)
    .where(({ or, and, eb }) =>
      or(
        due.of.map(({ provider, issuer }) =>
          and([eb("identities.provider", "=", provider), eb("identities.issuer", "=", issuer)]),
        ),
      ),
    )
    .where(({ or, exists, selectFrom }) =>
      or([
        exists(
          selectFrom("sessions")
            .select("sessions.hash")
            .whereRef("sessions.user_id", "=", "identities.user_id")
            .where("sessions.expires_at", ">", due.now),
        ),
        exists(
          selectFrom("servers")
            .select("servers.id")
            .whereRef("servers.user_id", "=", "identities.user_id")
            .where("servers.state", "not in", ["stopped", "failed"]),
        ),
      ]),
    )
    .orderBy((eb) => eb.case().when("identities.problem", "is", null).then(0).else(1).end())
    .orderBy("identities.refreshed_at")
    .orderBy("identities.id")
    .limit(due.limit)
    .execute();
  return rows.map(ownedRowOf);
}

function owned(db: Database) {
  return db
    .selectFrom("identities")
    .innerJoin("users", "users.id", "identities.user_id")
    .selectAll("identities")
    .select("users.name as user_name");
}

function columnsOf(known: Omit<IdentityRow, "id" | "userId" | "provider" | "issuer" | "subject">) {
  const { groups, refreshedAt, ...same } = known;
  return { ...same, groups: JSON.stringify(groups), refreshed_at: refreshedAt };
}

function rowOf(row: Selectable<IdentitiesTable>): IdentityRow {
  return {
    id: row.id,
    userId: row.user_id,
    provider: row.provider,
    issuer: row.issuer,
    subject: row.subject,
    login: row.login,
    email: row.email,
    groups: textsOf(row.groups),
    credential: row.credential,
    refreshedAt: row.refreshed_at,
    problem: row.problem,
  };
}

function ownedRowOf(row: Selectable<IdentitiesTable> & { readonly user_name: string }): OwnedIdentityRow {
  return { ...rowOf(row), user: row.user_name as UserName };
}
