/** Looks groups up again, a few people at a time, and leaves providers alone that ask for it. */
import { type Clock, isoTime, messageOf } from "../../kernel/index.ts";
import type { DueIdentity, Standings } from "../../people/index.ts";
import type { SignInLog } from "../port.ts";
import type { LookUp, Pause, Provider } from "./port.ts";

/** Questions at the same time. */
const AT_ONCE = 4;
/** People looked up in one round; what is left is due at the next. */
const MOST = 5000;

export interface RefresherParts {
  readonly clock: Clock;
  readonly people: Pick<Standings, "dueIdentities" | "refreshed">;
  readonly log: SignInLog;
  /** Seconds after which groups are due. */
  readonly every: () => number;
  /** Undefined for what is not configured any more. */
  readonly provider: (id: string) => Provider | undefined;
}

/** @returns does one round; a second call while it goes on waits for the same. Never rejects. */
export function createRefresher(parts: RefresherParts): (signal: AbortSignal) => Promise<void> {
  const pauses = new Map<string, Kept>();
  let going: Promise<void> | undefined;
  return (signal) => {
    going ??= round(parts, pauses, signal).finally(() => {
      going = undefined;
    });
    return going;
  };
}

interface Kept {
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** What the look-up that began it was told. */
  readonly why: string;
}

async function round(parts: RefresherParts, pauses: Map<string, Kept>, signal: AbortSignal): Promise<void> {
  const { clock, people, log, every } = parts;
  const now = clock.now();
  for (const [key, { until }] of pauses) if (until <= now) pauses.delete(key);
  try {
    const due = (await people.dueIdentities(isoTime(now - every() * 1000), MOST)).values();
    const worker = async () => {
      // One iterator for all: each takes the next.
      for (const identity of due) {
        if (signal.aborted) return;
        await lookUp(parts, pauses, { identity, signal });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } catch (error) {
    if (!signal.aborted) log.error({ err: error }, "people whose groups are due could not be read");
  }
}

async function lookUp(
  { clock, people, log, every, provider: providerOf }: RefresherParts,
  pauses: Map<string, Kept>,
  { identity, signal }: { readonly identity: DueIdentity; readonly signal: AbortSignal },
): Promise<void> {
  const { id, provider: providerId, subject, user } = identity;
  const provider = providerOf(providerId);
  // Of what is not configured any more nothing can be asked; the people room knows that it counts no more.
  if (provider === undefined || identity.credential === null) return;
  if (pauses.has(`${providerId} ${subject}`)) return;
  const paused = pauses.get(providerId);
  try {
    if (paused !== undefined) {
      // Thousands are not asked in vain, and yet what was said of each of them does not hold for ever.
      if (identity.overdue && provider.lasts(identity))
        await people.refreshed(id, { kind: "unavailable", whose: "provider", why: paused.why });
      return;
    }
    const { outcome, pause } = await asked(provider, identity, { log, signal });
    // What cannot be told now is not asked again before the next regular look-up.
    const later = { until: clock.now() + every() * 1000, whose: "person" } as const;
    if (outcome.kind === "unavailable") keepPause(pauses, pause ?? later, { providerId, subject, why: outcome.why });
    await people.refreshed(id, outcome);
    if (outcome.kind !== "proof")
      log.warn({ provider: providerId, subject, user, why: outcome.why }, `groups: ${outcome.kind}`);
  } catch (error) {
    if (signal.aborted) return;
    log.error(
      { provider: providerId, subject, user, problem: messageOf(error) },
      "what was looked up could not be stored",
    );
  }
}

/** As `Provider.refresh`; a bug of ours is a trouble too, by which nobody keeps anything without limit. */
async function asked(
  provider: Provider,
  identity: DueIdentity,
  { log, signal }: { readonly log: SignInLog; readonly signal: AbortSignal },
): Promise<LookUp> {
  try {
    return await provider.refresh(identity, signal);
  } catch (error) {
    signal.throwIfAborted();
    const { subject, user } = identity;
    log.error({ provider: provider.id, subject, user, problem: messageOf(error) }, "groups could not be looked up");
    const why = "The look-up failed within the hub, whose log says more.";
    return { outcome: { kind: "unavailable", whose: "provider", why } };
  }
}

function keepPause(
  pauses: Map<string, Kept>,
  { until, whose }: Pause,
  { providerId, subject, why }: { readonly providerId: string; readonly subject: string; readonly why: string },
): void {
  const key = whose === "everybody" ? providerId : `${providerId} ${subject}`;
  pauses.set(key, { until: Math.max(until, pauses.get(key)?.until ?? 0), why });
}
