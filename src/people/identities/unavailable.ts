/** How long what a provider said holds while it cannot be asked again. */
import { changeIdentity, type Database, type OwnedIdentityRow } from "../../store/index.ts";
import type { Refreshed, Trouble } from "../port.ts";
import type { Rules } from "../rules/rules.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Look-ups in a row that may fail. */
const ROUNDS = 4;

/** Milliseconds since the last look-up that succeeded. */
function holdsFor(whose: Trouble, { snapshot }: Rules): number {
  // Nobody keeps anything by it: the next sign-in tells, and sessions end.
  if (whose === "nobody") return Number.POSITIVE_INFINITY;
  // Whoever lost a right could use up the own limit of questions, and keep the right by it: so this is short.
  const own = Math.max(HOUR, ROUNDS * snapshot.config.signIn.refresh * 1000);
  return whose === "person" ? own : Math.max(DAY, own);
}

type Asked = Pick<OwnedIdentityRow, "refreshedAt" | "groups">;

function isOver({ refreshedAt }: Asked, whose: Trouble, rules: Rules, now: number): boolean {
  return now - Date.parse(refreshedAt) > holdsFor(whose, rules);
}

/** As in `DueIdentity`. @param now milliseconds since the epoch */
export function isOverdue(identity: Asked, rules: Rules, now: number): boolean {
  return identity.groups.length > 0 && isOver(identity, "provider", rules, now);
}

/**
 * Stores why it could not be asked, and takes its groups away when they were kept long enough. The credential and the
 * time of the last success stay, so that it goes on being asked.
 * @returns whether the standing has to be worked out anew
 */
export async function storeUnavailable(
  db: Database,
  identity: OwnedIdentityRow,
  { outcome, rules, now }: { outcome: Refreshed & { kind: "unavailable" }; rules: Rules; now: number },
): Promise<boolean> {
  const { why, whose, credential } = outcome;
  const over = isOver(identity, whose, rules, now);
  // Groups that are gone already stay so, also when somebody else's trouble follows.
  const gone = over || (whose === "provider" && identity.groups.length === 0 && isOver(identity, "person", rules, now));
  const problem = gone
    ? `Not looked up since ${identity.refreshedAt}: its groups count for nothing until it can be asked again. ${why}`
    : why;
  await changeIdentity(db, identity.id, {
    problem,
    ...(over ? { groups: [] } : {}),
    ...(credential === undefined ? {} : { credential }),
  });
  return over;
}
