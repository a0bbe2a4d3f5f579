/** Visits to providers: begun here, sealed into the browser's cookie, and taken back once. */
import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import { type Clock, equalInConstantTime, HubError, type Sealer } from "../../kernel/index.ts";
import type { Visit } from "./port.ts";

/** Milliseconds in which a visit has to come back; GitHub's codes live as long. */
const VISIT_TIME = 10 * 60 * 1000;
const PURPOSE = "sign-in-visit";
/** Characters; a cookie holds 4096 bytes in all, sealed. */
const LONGEST_NEXT = 2000;
const LONGEST_QUERY = 16_384;
/** Visits that came back within VISIT_TIME: some 100 a second all the time, in 10 MB. */
const MOST_SPENT = 65_536;

const visitSchema = z.object({
  provider: z.string(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  callbackUrl: z.string(),
  next: z.string(),
  at: z.number(),
});

export interface Visits {
  begin(start: Pick<Visit, "provider" | "callbackUrl" | "next">): { readonly visit: Visit; readonly sealed: string };
  /**
   * Checks that this browser began the visit, lately, and that it comes back for the first time. After it the visit is
   * used up.
   * @throws HubError `sign-in-refused`; `too-many-attempts` when more come back than can be told apart
   */
  takeBack(query: string, sealed: string | undefined): { readonly visit: Visit; readonly answer: URLSearchParams };
}

/** @param parts.most states that are remembered as spent */
export function createVisits({
  clock,
  sealer,
  most = MOST_SPENT,
}: {
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly most?: number;
}): Visits {
  /**
   * States that came back, and until when that is remembered: for VISIT_TIME from then on, which is as long as the
   * visit could be good or longer, and puts them in the order in which they end. Lost at a restart: the provider's
   * codes are good for once anyway.
   */
  const spent = new Map<string, number>();
  return {
    begin({ provider, callbackUrl, next }) {
      const visit = {
        ...{ provider, callbackUrl, next: next.length > LONGEST_NEXT ? "" : next, at: clock.now() },
        ...{ state: random(), nonce: random(), verifier: random() },
      };
      return { visit, sealed: sealer.seal(PURPOSE, JSON.stringify(visit)) };
    },
    takeBack(query, sealed) {
      const now = clock.now();
      const opened = sealed === undefined ? undefined : sealer.open(PURPOSE, sealed);
      if (opened === undefined) throw foreign();
      const visit = visitSchema.parse(JSON.parse(opened.reveal()));
      if (now - visit.at > VISIT_TIME) throw old();
      const answer = new URLSearchParams(query.length > LONGEST_QUERY ? "" : query);
      const states = answer.getAll("state");
      if (states.length !== 1 || !equalInConstantTime(states[0] ?? "", visit.state)) throw foreign();
      const full = forget(spent, now) >= most;
      if (spent.has(visit.state)) throw repeated();
      // Rather no further one than one that comes back twice.
      if (full) throw crowded(spent, now);
      spent.set(visit.state, now + VISIT_TIME);
      return { visit, answer };
    },
  };
}

/** @returns how many are left */
function forget(spent: Map<string, number>, now: number): number {
  for (const [state, until] of spent) {
    if (until >= now) break;
    spent.delete(state);
  }
  return spent.size;
}

/** What goes to the provider in place of the verifier (RFC 7636, S256). */
export function challengeOf(visit: Visit): string {
  return createHash("sha256").update(visit.verifier).digest("base64url");
}

/** 256 bits, in 43 characters: as long as a PKCE verifier has to be. */
function random(): string {
  return randomBytes(32).toString("base64url");
}

function foreign(): HubError {
  return new HubError(
    "sign-in-refused",
    "This sign-in was not begun in this browser, or its cookie is gone. Begin again at the sign-in page, and allow cookies.",
  );
}

function old(): HubError {
  return new HubError("sign-in-refused", "This sign-in took longer than 10 minutes. Begin again at the sign-in page.");
}

function repeated(): HubError {
  return new HubError(
    "sign-in-refused",
    "This sign-in came back already, and works only once. Begin again at the sign-in page.",
  );
}

function crowded(spent: ReadonlyMap<string, number>, now: number): HubError {
  const [first = now] = spent.values();
  const retryAfter = Math.max(1, Math.ceil((first - now) / 1000));
  return new HubError(
    "too-many-attempts",
    "Too many people sign in by other sites at this moment, more than the hub can keep apart. Wait a few minutes and begin again at the sign-in page.",
    { facts: { retryAfter } },
  );
}
