/** What follows when a password, or a claim link, was right. */
import { HubError } from "../kernel/index.ts";
import { personOf } from "../people/index.ts";
import { findSecondFactor, type UserRow } from "../store/index.ts";
import type { SignInContext } from "./context.ts";
import type { Attempt } from "./limits.ts";
import type { PasswordOutcome } from "./port.ts";
import { ruleOf } from "./second-factor/rule.ts";
import { issueTicket } from "./second-factor/tickets.ts";

/**
 * In, or on to the second factor. The attempt is forgiven, but earlier failures are only when the person is in: else a
 * known password could be typed between guesses of the code to clear their count.
 * @throws HubError `sign-in-refused` with the reason when the person is suspended
 */
export async function outcomeOf(
  context: SignInContext,
  { row, attempt, address }: { readonly row: UserRow; readonly attempt: Attempt; readonly address: string },
): Promise<PasswordOutcome> {
  if (row.suspended !== null) {
    await attempt.withdraw();
    throw suspended(row.suspended);
  }
  const rule = ruleOf(context, row);
  const factor = rule === "off" ? undefined : await findSecondFactor(context.store.db, row.id);
  const kind = factor?.active === true ? "second-factor" : rule === "required" ? "set-up-second-factor" : undefined;
  if (kind !== undefined) {
    await attempt.withdraw();
    return { kind, ticket: issueTicket(context, { kind, row, address }) };
  }
  const person = personOf(row);
  await attempt.succeed(person.name);
  return { kind: "in", person };
}

/** @param reason a sentence */
export function suspended(reason: string): HubError {
  return new HubError(
    "sign-in-refused",
    `You may not enter this hub now. ${reason} Ask an admin of this hub if that is not right.`,
  );
}
