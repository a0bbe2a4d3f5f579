/** Rows of `bound_logins`: which account at a provider a login in a rule means, since logins are renamed and registered again. */
import type { Selectable } from "kysely";
import type { Database } from "./database.ts";
import type { Instance } from "./identities.ts";
import type { BoundLoginsTable } from "./tables.ts";

export type BoundLoginRow = Selectable<BoundLoginsTable>;

const CHUNK = 500;

export async function listBoundLogins(db: Database): Promise<BoundLoginRow[]> {
  return db.selectFrom("bound_logins").selectAll().execute();
}

/** What is bound to this account, and what this login is bound to. */
export async function listBoundLoginsOf(
  db: Database,
  { provider, issuer }: Instance,
  { subject, login }: { readonly subject: string; readonly login: string },
): Promise<BoundLoginRow[]> {
  return db
    .selectFrom("bound_logins")
    .selectAll()
    .where("provider", "=", provider)
    .where("issuer", "=", issuer)
    .where((eb) => eb.or([eb("subject", "=", subject), eb("login", "=", login)]))
    .execute();
}

/** What is bound already stays as it is. */
export async function bindLogins(db: Database, rows: readonly BoundLoginRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += CHUNK) {
    await db
      .insertInto("bound_logins")
      .values(rows.slice(start, start + CHUNK))
      .onConflict((conflict) => conflict.columns(["provider", "issuer", "login"]).doNothing())
      .execute();
  }
}

/** The logins of this account may mean another one from now on. */
export async function releaseLogins(
  db: Database,
  { provider, issuer, subject }: Instance & { readonly subject: string },
): Promise<void> {
  await db
    .deleteFrom("bound_logins")
    .where("provider", "=", provider)
    .where("issuer", "=", issuer)
    .where("subject", "=", subject)
    .execute();
}
