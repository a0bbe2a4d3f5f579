/** Who may change what of another person. */
import type { Identity } from "../../../access/index.ts";
import { HubError } from "../../../kernel/index.ts";
import type { Person } from "../../../people/index.ts";

/** A way into an admin's account is as good as being one (contract 3.5). @throws HubError `forbidden` */
export function mayTouch(identity: Identity, person: Person): void {
  if (person.admin && !identity.user.admin) throw new HubError("forbidden", "Only admins can change admins.");
}
