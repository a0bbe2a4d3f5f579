/** Setting up a second factor: the app gets a secret, and proves by a first code that it has it. */
import { HubError, isoTime, possibleName } from "../../kernel/index.ts";
import { personOf } from "../../people/index.ts";
import { findSecondFactor, findUserById, inTransaction, putSecondFactor, type UserRow } from "../../store/index.ts";
import { addressKey } from "../address.ts";
import { requirePasswords, type SignInContext } from "../context.ts";
import { suspended } from "../outcome.ts";
import { prove } from "../password/prove.ts";
import type { BegunSecondFactor, SecondFactors } from "../port.ts";
import { newRecoveryCodes, newSecret, normalCode, stepOf, uriOf } from "./codes.ts";
import { stale, wrongCode } from "./refusals.ts";
import { rowNamed, ruleOf } from "./rule.ts";
import { openSecrets, pendingOf, sealSecrets } from "./secrets.ts";
import { isOf, openTicket } from "./tickets.ts";

type Proof = Parameters<SecondFactors["beginSecondFactor"]>[1];

export async function beginSetUp(context: SignInContext, raw: string, proof: Proof): Promise<BegunSecondFactor> {
  const { sealer, clock, store } = context;
  requirePasswords(context);
  const byTicket = "ticket" in proof;
  const row = byTicket ? await ticketOwner(context, raw, proof.ticket) : await passwordOwner(context, raw, proof);
  refuseWhenOff(context, row);
  const secret = newSecret();
  await inTransaction(store.db, async (db) => {
    const factor = await findSecondFactor(db, row.id);
    const active = factor?.active === true;
    // Such a ticket is from before there was a factor; whoever has one has to bring it.
    if (active && byTicket) throw stale();
    const { current } = openSecrets(sealer, factor);
    const next = { secret, at: clock.now() };
    await putSecondFactor(db, {
      userId: row.id,
      secret: sealSecrets(sealer, row.id, { current, next }),
      active,
      lastStep: factor?.lastStep ?? 0,
      recovery: active ? factor.recovery : [],
      created: factor?.created ?? isoTime(clock.now()),
    });
  });
  return { secret, uri: uriOf(secret, { hub: context.snapshot().config.name, name: row.name }) };
}

/** @param address checked when it is known */
async function ticketOwner(context: SignInContext, raw: string, text: string, address?: string): Promise<UserRow> {
  const ticket = openTicket(context, text);
  if (ticket?.kind !== "set-up-second-factor" || ticket.name !== possibleName(raw)) throw stale();
  if (address !== undefined && ticket.client !== addressKey(address)) throw stale();
  const row = await findUserById(context.store.db, ticket.id);
  if (!isOf(ticket, row)) throw stale();
  if (row.suspended !== null) throw suspended(row.suspended);
  return row;
}

async function passwordOwner(
  context: SignInContext,
  raw: string,
  { password, address }: Exclude<Proof, { ticket: string }>,
): Promise<UserRow> {
  const name = possibleName(raw);
  const attempt = await context.limits.begin({ name, address });
  const row = await prove(context, { name, password, address, attempt });
  if (row === undefined) throw new HubError("sign-in-refused", "The password is wrong. Type it again.");
  await attempt.withdraw();
  return row;
}

/** @returns recovery codes */
export async function confirmSetUp(
  context: SignInContext,
  raw: string,
  { code, address, ticket }: Parameters<SecondFactors["confirmSecondFactor"]>[1],
): Promise<readonly string[]> {
  const { sealer, clock, store, limits } = context;
  requirePasswords(context);
  const byTicket = ticket !== undefined;
  const row = byTicket ? await ticketOwner(context, raw, ticket, address) : await rowNamed(context, raw);
  refuseWhenOff(context, row);
  const { id, name } = personOf(row);
  const attempt = await limits.begin({ name, address });
  const { codes, hashes } = newRecoveryCodes();
  const now = clock.now();
  const outcome = await inTransaction(store.db, async (db) => {
    const factor = await findSecondFactor(db, id);
    const secret = pendingOf(openSecrets(sealer, factor), now);
    // The password, and with it the ticket, may have changed since it was looked at.
    const changed = byTicket && (await findUserById(db, id))?.cookie_id !== row.cookie_id;
    if (secret === undefined || changed || (byTicket && factor?.active === true)) return "nothing";
    const step = stepOf(secret, normalCode(code), now);
    if (step === undefined) return "wrong";
    await putSecondFactor(db, {
      userId: id,
      secret: sealSecrets(sealer, id, { current: secret, next: null }),
      active: true,
      // This code is used up by being the first.
      lastStep: step,
      recovery: hashes,
      created: isoTime(now),
    });
    return "done";
  });
  if (outcome === "wrong") throw wrongCode();
  if (outcome === "nothing") {
    await attempt.withdraw();
    throw new HubError("sign-in-refused", "There is no app to confirm, or its set-up is too old. Begin anew.");
  }
  await attempt.succeed(name);
  context.log.info({ user: name, address }, "second factor set up");
  return codes;
}

function refuseWhenOff(context: SignInContext, row: UserRow): void {
  if (ruleOf(context, row) !== "off") return;
  throw new HubError(
    "forbidden",
    "One-time codes are off on this hub (signIn.secondFactor in its configuration), so none can be set up.",
  );
}
