/** The second factor: one-time codes of an app beside the password. */
import { type Person, personOf } from "../../people/index.ts";
import { findSecondFactor, findUserById, inTransaction, listWithSecondFactor } from "../../store/index.ts";
import { addressKey } from "../address.ts";
import { requirePasswords, type SignInContext } from "../context.ts";
import { suspended } from "../outcome.ts";
import type { SecondFactors } from "../port.ts";
import { acceptCode } from "./accept.ts";
import { stale, wrongCode } from "./refusals.ts";
import { removeFactor, resetFactor } from "./remove.ts";
import { rowNamed, ruleOf } from "./rule.ts";
import { beginSetUp, confirmSetUp } from "./set-up.ts";
import { isOf, openTicket } from "./tickets.ts";

export function createSecondFactors(context: SignInContext): SecondFactors {
  return {
    withSecondFactor: (attempt) => withSecondFactor(context, attempt),
    secondFactorOf: async (name) => {
      const row = await rowNamed(context, name);
      const factor = await findSecondFactor(context.store.db, row.id);
      const active = factor?.active === true;
      return { active, rule: ruleOf(context, row), recoveryCodesLeft: active ? factor.recovery.length : 0 };
    },
    withActiveFactor: (userIds) => listWithSecondFactor(context.store.db, userIds),
    beginSecondFactor: (name, proof) => beginSetUp(context, name, proof),
    ticketName: (ticket) => openTicket(context, ticket)?.name,
    confirmSecondFactor: (name, proof) => confirmSetUp(context, name, proof),
    removeSecondFactor: (name, proof) => removeFactor(context, name, proof),
    resetSecondFactor: (name) => resetFactor(context, name),
  };
}

async function withSecondFactor(
  context: SignInContext,
  { ticket: text, code, address }: Parameters<SecondFactors["withSecondFactor"]>[0],
): Promise<Person> {
  requirePasswords(context);
  const ticket = openTicket(context, text);
  if (ticket?.kind !== "second-factor" || ticket.client !== addressKey(address)) throw stale();
  const attempt = await context.limits.begin({ name: ticket.name, address, code: true });
  const { row, right } = await inTransaction(context.store.db, async (db) => {
    const found = await findUserById(db, ticket.id);
    const usable = isOf(ticket, found) && found.suspended === null;
    return { row: found, right: usable && (await acceptCode(db, context, found.id, code)) };
  });
  if (!isOf(ticket, row) || row.suspended !== null) {
    await attempt.withdraw();
    throw isOf(ticket, row) ? suspended(row.suspended ?? "") : stale();
  }
  if (!right) throw wrongCode();
  await attempt.succeed(ticket.name);
  return personOf(row);
}
