/**
 * How many attempts to sign in may fail. Four counters, all in the database, so that a restart forgives nothing:
 *
 * - **person and address together** (strict): from the 5th failure on, each doubles a hold of 10 s, up to 15 minutes.
 * - **address** (guessing at many people, links or codes of providers): from the 30th failure on, a hold of 10 s that doubles up to 5 minutes.
 *   People who have signed in from that address before are exempt, so that one guest of a shared network cannot shut
 *   out the rest of it. (The price: such a guest can see who else uses the hub from there.)
 * - **person** over all addresses (soft): it never refuses. From 50 failures within an hour on, the person is under
 *   siege, and an address from which they have not signed in before gets 2 attempts instead of 5 and longer holds.
 *
 * - **person's one-time codes** from addresses they have not signed in from: from the 20th failure within a day on, a
 *   hold of 1 minute that doubles up to an hour. Only who knows the password comes so far, and six digits are few: a
 *   thousand addresses with five guesses each would else be worth something.
 *
 * So whoever guesses from elsewhere never keeps the right person out: the right password, typed at an address that has
 * not failed itself, is always taken. An unknown name counts exactly as a known one does, else the limits would tell
 * which people exist. An attempt counts as failed from its start until it has succeeded: a thousand attempts at the
 * same moment are not one.
 */
import { type Clock, HubError, isoTime, type UserName } from "../kernel/index.ts";
import {
  type AttemptRow,
  type AttemptRule,
  countAttempt,
  type Database,
  deleteAttempt,
  findAttempts,
  inTransaction,
  purgeAttempts,
  putAttempt,
  refundAttempt,
  type Store,
} from "../store/index.ts";
import { addressKey } from "./address.ts";

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;

interface Limit {
  /** The failure that begins the first hold; each further one doubles it. */
  readonly from: number;
  /** Milliseconds. */
  readonly first: number;
  readonly longest: number;
  /** Without a failure for so long, the count begins anew. */
  readonly forget: number;
}

const PAIR: Limit = { from: 5, first: 10 * SECOND, longest: 15 * 60 * SECOND, forget: DAY };
const BESIEGED_PAIR: Limit = { from: 2, first: 30 * SECOND, longest: HOUR, forget: DAY };
const ADDRESS: Limit = { from: 30, first: 10 * SECOND, longest: 300 * SECOND, forget: HOUR };
const PERSON: Limit = { from: Number.POSITIVE_INFINITY, first: 0, longest: 0, forget: HOUR };
const CODE: Limit = { from: 20, first: 60 * SECOND, longest: HOUR, forget: DAY };
/** Requests for accounts from one address: a class behind one router may ask, a flood may not. */
const SIGN_UP: Limit = { from: 10, first: HOUR, longest: HOUR, forget: HOUR - 1 };
const SIEGE_FROM = 50;
/** How long a successful sign-in makes an address known. */
const KNOWN_FOR = 90 * DAY;
const PURGE_EVERY = 600 * SECOND;
/** How long counters without a hold are kept, by the beginning of their keys. */
const KEPT_FOR = {
  "pair:": PAIR.forget,
  "address:": ADDRESS.forget,
  "user:": PERSON.forget,
  "code:": CODE.forget,
  "sign-up:": SIGN_UP.forget,
  "known:": KNOWN_FOR,
};

/** An attempt that was let in and counts as failed so far. */
export interface Attempt {
  /** It succeeded, for this person: forgive their failures from this address and remember the address. */
  succeed(name: UserName): Promise<void>;
  /** It was never tried (the hub was busy, or the input was not acceptable): as if it had not been made. */
  withdraw(): Promise<void>;
}

export interface Limits {
  /**
   * Counts an attempt.
   * @param attempt.name normalised; undefined when the attempt names nobody, or a name that cannot exist
   * @param attempt.code a one-time code is tried, after the password
   * @throws HubError `too-many-attempts` with `facts.retryAfter` in seconds
   */
  begin(attempt: {
    readonly name: UserName | undefined;
    readonly address: string;
    readonly code?: boolean;
  }): Promise<Attempt>;
  /** Counts a request for an account. @throws HubError `too-many-attempts` */
  request(address: string): Promise<void>;
  /** Under siege: how many attempts have failed from everywhere within the hour; undefined: it is quiet. */
  siegeOf(name: UserName): Promise<number | undefined>;
}

export function createLimits({ store, clock }: { readonly store: Store; readonly clock: Clock }): Limits {
  let purged = Number.NEGATIVE_INFINITY;
  /**
   * One commit for several counters: SQLite waits for the disk at each, and a class that signs in at once would feel
   * it. On PostgreSQL each counter is a statement of its own, since clients of one address would have to wait for
   * each other; whatever a crash leaves half done counts as failed.
   */
  const together = <T>(work: (db: Database) => Promise<T>): Promise<T> =>
    store.kind === "sqlite" ? inTransaction(store.db, work) : work(store.db);

  async function purge(now: number): Promise<void> {
    if (now - purged < PURGE_EVERY) return;
    purged = now;
    await together(async (db) => {
      for (const [prefix, age] of Object.entries(KEPT_FOR)) {
        await purgeAttempts(db, { prefix, before: isoTime(now - age), now: isoTime(now) });
      }
    });
  }

  return {
    begin: async ({ name, address, code = false }) => {
      const now = clock.now();
      await purge(now);
      const keys = keysOf(name, addressKey(address));
      const rows = await findAttempts(store.db, Object.values(keys));
      const known = isRecent(rows.get(keys.known), KNOWN_FOR, 0, now);
      const besieged = !known && isRecent(rows.get(keys.user), PERSON.forget, SIEGE_FROM, now);
      const limits: [string, Limit][] = [];
      if (!known) limits.push([keys.address, ADDRESS]);
      // Names that cannot exist have no counter of their own: they may be of any length, and nobody is behind them.
      if (name !== undefined) limits.push([keys.pair, besieged ? BESIEGED_PAIR : PAIR], [keys.user, PERSON]);
      if (name !== undefined && code && !known) limits.push([keys.code, CODE]);

      // Whoever is on hold already is refused without a write, so that hammering costs little.
      for (const [key] of limits) refuseUntil(rows.get(key)?.blocked_until ?? undefined, now);
      await together((db) => countAll(db, limits, now));
      const counted = limits.map(([key]) => key);
      return {
        withdraw: () => together((db) => refundAll(db, counted)),
        succeed: (person) =>
          together(async (db) => {
            const { pair, known: key } = keysOf(person, addressKey(address));
            // Only this attempt is taken back from the address and the person: somebody with an account of their own
            // could otherwise clear the address's count between guesses.
            await refundAll(
              db,
              counted.filter((one) => one !== pair),
            );
            await deleteAttempt(db, pair);
            await putAttempt(db, { key, failures: 0, blocked_until: null, last_failure: isoTime(clock.now()) });
          }),
      };
    },
    request: async (address) => {
      const now = clock.now();
      await purge(now);
      const until = await countAttempt(store.db, ruleOf(`sign-up:${addressKey(address)}`, SIGN_UP, now));
      if (until !== undefined) refuseUntil(until, now, "Too many accounts were asked for from your network.");
    },
    siegeOf: async (name) => {
      const key = `user:${name}`;
      const row = (await findAttempts(store.db, [key])).get(key);
      return isRecent(row, PERSON.forget, SIEGE_FROM, clock.now()) ? row?.failures : undefined;
    },
  };
}

function keysOf(name: UserName | undefined, client: string) {
  return {
    address: `address:${client}`,
    pair: `pair:${name ?? ""}|${client}`,
    user: `user:${name ?? ""}`,
    known: `known:${name ?? ""}|${client}`,
    code: `code:${name ?? ""}`,
  } as const;
}

/** Counts on each; when one came on hold meanwhile, takes back the others and refuses. */
async function countAll(db: Database, limits: readonly [string, Limit][], now: number): Promise<void> {
  const counted: string[] = [];
  for (const [key, limit] of limits) {
    const until = await countAttempt(db, ruleOf(key, limit, now));
    if (until !== undefined) {
      await refundAll(db, counted);
      refuseUntil(until, now);
      throw tooMany(1);
    }
    counted.push(key);
  }
}

async function refundAll(db: Database, keys: readonly string[]): Promise<void> {
  for (const key of keys) await refundAttempt(db, key);
}

function refuseUntil(until: string | undefined, now: number, why?: string): void {
  const left = until === undefined ? 0 : Date.parse(until) - now;
  if (left > 0) throw tooMany(Math.ceil(left / SECOND), why);
}

function isRecent(row: AttemptRow | undefined, within: number, failures: number, now: number): boolean {
  return row !== undefined && row.failures >= failures && Date.parse(row.last_failure) >= now - within;
}

function ruleOf(key: string, limit: Limit, now: number): AttemptRule {
  const ladder: { failures: number; until: string }[] = [];
  for (let failures = limit.from, hold = limit.first; Number.isFinite(failures); failures += 1, hold *= 2) {
    ladder.push({ failures, until: isoTime(now + Math.min(hold, limit.longest)) });
    if (hold >= limit.longest) break;
  }
  return { key, now: isoTime(now), forgetBefore: isoTime(now - limit.forget), ladder };
}

/** @param retryAfter seconds */
function tooMany(retryAfter: number, why = "Too many attempts to sign in have failed."): HubError {
  const wait = retryAfter < 120 ? `${retryAfter} seconds` : `${Math.ceil(retryAfter / 60)} minutes`;
  return new HubError("too-many-attempts", `${why} Wait ${wait} and try again.`, { facts: { retryAfter } });
}
