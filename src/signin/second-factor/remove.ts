/** Taking a second factor away: by the person, who has it; or by an admin, for one who has lost it. */
import { HubError } from "../../kernel/index.ts";
import { personOf } from "../../people/index.ts";
import { changeUser, deleteSecondFactor, endSignIns, inTransaction } from "../../store/index.ts";
import type { SignInContext } from "../context.ts";
import { prove } from "../password/prove.ts";
import type { SecondFactors } from "../port.ts";
import { acceptCode } from "./accept.ts";
import { rowNamed, ruleOf } from "./rule.ts";

export async function removeFactor(
  context: SignInContext,
  raw: string,
  { password, code, address }: Parameters<SecondFactors["removeSecondFactor"]>[1],
): Promise<void> {
  const person = await rowNamed(context, raw);
  if (ruleOf(context, person) === "required") {
    throw new HubError(
      "forbidden",
      "You need a second factor on this hub, so it cannot be removed. Set up another app in its place.",
    );
  }
  const { name } = personOf(person);
  const attempt = await context.limits.begin({ name, address, code: true });
  const row = await prove(context, { name, password, address, attempt });
  const removed =
    row !== undefined &&
    (await inTransaction(
      context.store.db,
      async (db) => (await acceptCode(db, context, row.id, code)) && (await deleteSecondFactor(db, row.id)),
    ));
  if (!removed) {
    throw new HubError(
      "sign-in-refused",
      "The password or the code is wrong, or the code was used already. Try again.",
    );
  }
  await attempt.succeed(name);
  context.log.info({ user: name, address }, "second factor removed");
}

export async function resetFactor(context: SignInContext, raw: string): Promise<void> {
  const { id, name } = await rowNamed(context, raw);
  await inTransaction(context.store.db, async (db) => {
    await deleteSecondFactor(db, id);
    await endSignIns(db, id);
    await changeUser(db, id, { cookie_id: context.random.hex() });
  });
  context.log.info({ user: name }, "second factor reset");
}
