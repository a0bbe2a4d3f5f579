/** Identities after the first sign-in: looked up again, shown, forgotten. */
import type { IdentityView } from "../../contract/index.ts";
import { HubError, isoTime } from "../../kernel/index.ts";
import {
  changeIdentity,
  type Database,
  deleteIdentity,
  endSignIns,
  findIdentityById,
  findUserById,
  inTransaction,
  listDueIdentities,
  listIdentitiesOf,
  type OwnedIdentityRow,
  releaseLogins,
} from "../../store/index.ts";
import type { DueIdentity, ProviderId, Refreshed } from "../port.ts";
import { findRow, type PeopleRoom, requireRow } from "../room.ts";
import type { Rules } from "../rules/rules.ts";
import { otherInstance } from "../standing/against.ts";
import { keepingAnAdmin } from "../standing/last-admin.ts";
import { remember, restand, type Stood } from "../standing/restand.ts";
import { isOverdue, storeUnavailable } from "./unavailable.ts";

export async function dueIdentities(room: PeopleRoom, before: string, limit: number): Promise<readonly DueIdentity[]> {
  const rules = room.rules();
  const now = room.clock.now();
  const of = Array.from(rules.providers.values(), ({ id: provider, issuer }) => ({ provider, issuer })).flatMap(
    ({ provider, issuer }) => (issuer === undefined ? [] : [{ provider, issuer }]),
  );
  const rows = await listDueIdentities(room.store.db, { before, now: isoTime(now), limit, of });
  return rows.map((row) => {
    const { id, user, provider, issuer, subject, login, credential, refreshedAt } = row;
    const overdue = isOverdue(row, rules, now);
    return { id, user, provider, issuer, subject, login, credential, refreshedAt, overdue };
  });
}

export async function refreshed(room: PeopleRoom, identityId: number, outcome: Refreshed): Promise<void> {
  return room.alone(async () => {
    const rules = room.rules();
    const now = isoTime(room.clock.now());
    const stood = await inTransaction(room.store.db, async (db) => {
      const identity = await findIdentityById(db, identityId);
      return identity === undefined ? undefined : store(db, rules, { identity, outcome, now });
    });
    if (stood !== undefined) remember(room, stood);
  });
}

interface LookUp {
  readonly identity: OwnedIdentityRow;
  readonly outcome: Refreshed;
  readonly now: string;
}

async function store(db: Database, rules: Rules, { identity, outcome, now }: LookUp): Promise<Stood | undefined> {
  // The configuration was swapped meanwhile: what was asked was another instance, or this one counts for nothing now.
  if (rules.providerOf(identity) === undefined) return undefined;
  if (outcome.kind === "unavailable") {
    const changed = await storeUnavailable(db, identity, { outcome, rules, now: Date.parse(now) });
    return changed ? standAgain(db, rules, identity) : undefined;
  }
  // The answer to this credential is about another account: whatever it is, it is not this person's.
  const foreign =
    outcome.kind === "proof" &&
    (outcome.proof.subject !== identity.subject || outcome.proof.issuer !== identity.issuer);
  if (outcome.kind === "revoked" || foreign) {
    const problem = outcome.kind === "revoked" ? outcome.why : "The provider answered about another account.";
    await changeIdentity(db, identity.id, { groups: [], credential: null, problem, refreshedAt: now });
    await endSignIns(db, identity.userId);
  } else {
    const { login, email, credential } = outcome.proof;
    const groups = [...new Set(outcome.proof.groups)].sort();
    await changeIdentity(db, identity.id, { login, email, groups, credential, problem: null, refreshedAt: now });
  }
  return standAgain(db, rules, identity);
}

async function standAgain(db: Database, rules: Rules, { userId }: OwnedIdentityRow): Promise<Stood | undefined> {
  const row = await findUserById(db, userId);
  return row === undefined ? undefined : restand(db, rules, row);
}

export async function identitiesOf(room: PeopleRoom, name: string): Promise<readonly IdentityView[]> {
  const row = await findRow(room.store.db, name);
  if (row === undefined) return [];
  const rules = room.rules();
  return (await listIdentitiesOf(room.store.db, row.id)).map((identity) => {
    const { provider, issuer, subject, login, groups, refreshedAt } = identity;
    const here = rules.providers.get(provider);
    const moved = here !== undefined && rules.providerOf(identity) === undefined;
    const problem = moved ? otherInstance(identity, here).text : identity.problem;
    return { provider, issuer, subject, login, groups: [...groups], refreshedAt, problem };
  });
}

export async function forgetIdentity(room: PeopleRoom, name: string, provider: ProviderId): Promise<void> {
  return room.alone(async () => {
    const rules = room.rules();
    const stood = await inTransaction(room.store.db, async (db) => {
      const row = await requireRow(db, name);
      const identities = (await listIdentitiesOf(db, row.id)).filter((one) => one.provider === provider);
      if (identities.length === 0) {
        throw new HubError(
          "not-found",
          `“${row.name}” has no sign-in by ${provider.slice(0, 80)}. “hublet auth explain ${row.name}” lists those there are.`,
        );
      }
      return keepingAnAdmin(
        db,
        rules,
        { who: `“${row.name}” is`, what: "this way to sign in has to stay" },
        async () => {
          await deleteIdentity(db, row.id, provider);
          // An admin says that this account is not to be this person: rules may mean the next one of its login.
          for (const identity of identities) await releaseLogins(db, identity);
          await endSignIns(db, row.id);
          return restand(db, rules, row);
        },
      );
    });
    remember(room, stood);
  });
}
