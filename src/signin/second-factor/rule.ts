/** Who needs a second factor. */

import type { SecondFactorView } from "../../contract/index.ts";
import { possibleName } from "../../kernel/index.ts";
import { findUser, type UserRow } from "../../store/index.ts";
import { noSuchPerson, type SignInContext } from "../context.ts";

export function ruleOf({ settings }: SignInContext, row: UserRow): SecondFactorView["rule"] {
  const { secondFactor } = settings();
  if (secondFactor === "admins") return row.admin === 1 ? "required" : "optional";
  return secondFactor === "everyone" ? "required" : secondFactor;
}

/** @throws HubError `not-found` */
export async function rowNamed({ store }: SignInContext, raw: string): Promise<UserRow> {
  const name = possibleName(raw);
  const row = name === undefined ? undefined : await findUser(store.db, name);
  if (row === undefined) throw noSuchPerson(raw);
  return row;
}
