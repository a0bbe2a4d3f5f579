/** What people read when a second factor does not let them in. */
import { HubError } from "../../kernel/index.ts";

export function stale(): HubError {
  return new HubError(
    "sign-in-refused",
    "This sign-in is too old, was begun elsewhere, or the password was changed meanwhile. Sign in with your password again.",
  );
}

export function wrongCode(): HubError {
  return new HubError(
    "sign-in-refused",
    "The code is wrong, or was used already. Check the clock of your phone, wait for the next code, and try again.",
  );
}
