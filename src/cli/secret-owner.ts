/** Who may read what root writes for a hub: the service account, by its group. */
import { findAccount } from "../deploy/index.ts";

/** The group of the service account; none for a person's own hub, or while the account is not there yet. */
export async function accountGroup(account: string): Promise<{ group?: number }> {
  if (process.geteuid?.() !== 0) return {};
  const found = await findAccount(account);
  return found === undefined ? {} : { group: found.gid };
}
