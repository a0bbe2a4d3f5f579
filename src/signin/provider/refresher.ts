/** Looks groups up again, a few people at a time, and leaves providers alone that ask for it. */
import { type Clock, isoTime, messageOf } from "../../kernel/index.ts";
import type { DueIdentity, Standings } from "../../people/index.ts";
import type { SignInLog } from "../port.ts";
import type { Pause, Provider } from "./port.ts";

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
  const pauses = new Map<string, number>();
  let going: Promise<void> | undefined;
  return (signal) => {
    going ??= round(parts, pauses, signal).finally(() => {
      going = undefined;
    });
    return going;
  };
}

async function round(parts: RefresherParts, pauses: Map<string, number>, signal: AbortSignal): Promise<void> {
  const { clock, people, log, every } = parts;
  const now = clock.now();
  for (const [key, until] of pauses) if (until <= now) pauses.delete(key);
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
  pauses: Map<string, number>,
  { identity, signal }: { readonly identity: DueIdentity; readonly signal: AbortSignal },
): Promise<void> {
  const { id, provider: providerId, subject, user } = identity;
  const provider = providerOf(providerId);
  // Of what is not configured any more nothing can be asked; the people room knows that it counts no more.
  if (provider === undefined || identity.credential === null) return;
  if (pauses.has(providerId) || pauses.has(`${providerId} ${subject}`)) return;
  try {
    const { outcome, pause } = await provider.refresh(identity, signal);
    // What cannot be told now is not asked again before the next regular look-up.
    const later = { until: clock.now() + every() * 1000, whose: "person" } as const;
    if (pause !== undefined || outcome.kind === "unavailable")
      keepPause(pauses, pause ?? later, { providerId, subject });
    await people.refreshed(id, outcome);
    if (outcome.kind !== "proof")
      log.warn({ provider: providerId, subject, user, why: outcome.why }, `groups: ${outcome.kind}`);
  } catch (error) {
    if (signal.aborted) return;
    log.error({ provider: providerId, subject, user, problem: messageOf(error) }, "groups could not be looked up");
  }
}

function keepPause(
  pauses: Map<string, number>,
  { until, whose }: Pause,
  { providerId, subject }: { readonly providerId: string; readonly subject: string },
): void {
  const key = whose === "everybody" ? providerId : `${providerId} ${subject}`;
  pauses.set(key, Math.max(until, pauses.get(key) ?? 0));
}
