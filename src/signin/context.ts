/** What every method of signing in works with. */
import type { ConfigSnapshot } from "../config/index.ts";
import type { SignInConfig } from "../contract/index.ts";
import { type Clock, HubError, type Sealer } from "../kernel/index.ts";
import type { People } from "../people/index.ts";
import type { Store } from "../store/index.ts";
import type { Limits } from "./limits.ts";
import type { Hashing } from "./password/hashing.ts";
import type { SignInLog } from "./port.ts";

export interface SignInContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly people: People;
  readonly snapshot: () => ConfigSnapshot;
  readonly settings: () => SignInConfig;
  readonly random: { readonly code: () => string; readonly hex: () => string };
  readonly limits: Limits;
  readonly hashing: Hashing;
  readonly sealer: Sealer;
  readonly log: SignInLog;
}

/** @throws HubError `forbidden` when the configuration has passwords off, and so links and requests that set one */
export function requirePasswords(context: SignInContext): void {
  if (context.settings().passwords) return;
  throw new HubError(
    "forbidden",
    "Passwords are off on this hub (signIn.passwords is false in its configuration). Use another way to sign in.",
  );
}

export function noSuchPerson(name: string): HubError {
  return new HubError("not-found", `There is no person called “${name.slice(0, 80)}” on this hub. Check the name.`);
}
