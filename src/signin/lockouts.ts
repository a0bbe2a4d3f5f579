/** Who is held off now, for admins. Keys hold names as they were typed and addresses; nothing of a password. */
import type { LockoutView } from "../contract/index.ts";
import { HubError, isoTime } from "../kernel/index.ts";
import { type AttemptRow, deleteAttempt, findAttempts, listHeld } from "../store/index.ts";
import type { SignInContext } from "./context.ts";
import type { Lockouts } from "./port.ts";

export function createLockouts({ store, clock, log }: Pick<SignInContext, "store" | "clock" | "log">): Lockouts {
  const { db } = store;
  return {
    lockouts: async () => (await listHeld(db, isoTime(clock.now()))).flatMap(viewOf),
    clearLockout: async (key) => {
      const row = (await findAttempts(db, [key])).get(key);
      const now = isoTime(clock.now());
      // Only what is held off: whose address is known, or how often a name was tried, is nothing to forgive.
      if (row?.blocked_until == null || row.blocked_until <= now || viewOf(row).length === 0) {
        throw new HubError("not-found", "Nothing is held off by this key any more. Load the list again.");
      }
      await deleteAttempt(db, key);
      log.info({ key }, "lock-out cleared");
    },
  };
}

function viewOf({ key, failures, blocked_until: until }: AttemptRow): LockoutView[] {
  const parts = partsOf(key);
  return parts === undefined || until === null ? [] : [{ key, ...parts, failures, until }];
}

/** The forms of keys are made in `limits.ts`. A name may hold “|”, an address never does. */
function partsOf(key: string): Pick<LockoutView, "name" | "address"> | undefined {
  const colon = key.indexOf(":");
  const rest = key.slice(colon + 1);
  const bar = rest.lastIndexOf("|");
  switch (key.slice(0, colon)) {
    case "pair":
      return { name: rest.slice(0, bar), address: rest.slice(bar + 1) };
    case "code":
      return { name: rest, address: null };
    case "address":
    case "sign-up":
      return { name: null, address: rest };
    default:
      return undefined;
  }
}
