/** What the tests of this room share: people, a running server's client, and a clock that stands still. */
import type { TestContext } from "node:test";
import { type Clock, DEFAULT_SERVER, Secret, type ServerName, type UserName, userName } from "../kernel/index.ts";
import { changeUser, insertUsers, type Store } from "../store/index.ts";
import { type Access, type AccessOptions, openAccess, type Person, type SignedIn } from "./index.ts";

export const KEY = new Secret("a key for tests");
export const GATE_KEY = new Secret("a gate key for tests");
export const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/** Of `VERIFIER`, from RFC 7636, appendix B. */
export const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

export interface Kit {
  readonly access: Access;
  readonly store: Store;
  readonly clock: Clock & { pass(ms: number): void };
  readonly admin: Person;
  readonly alice: Person;
  readonly bob: Person;
  /** Another hub process over the same database. */
  reopen(options?: Partial<AccessOptions>): Access;
  signIn(person: Person): Promise<SignedIn & { readonly cookieValue: string }>;
  /** The row of a server; it need not run. */
  addServer(person: Person, name?: string): Promise<number>;
  /** The own token of a person's running default server. */
  serverToken(person: Person): Promise<{ readonly tokenId: number; readonly secret: Secret }>;
  /** What `src/people` does when nobody lets a person in any more; null lets them in again. */
  suspend(person: Person, why?: string | null): Promise<void>;
  /** A server with token and OAuth client, as after a start. */
  startServer(person: Person, name?: string, allowedScopes?: readonly string[]): Promise<StartedServer>;
}

/** As `forEachDatabase` gives it. */
export type OpenDatabase = (t: TestContext) => Promise<Store>;

export interface StartedServer {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly secret: Secret;
}

export async function kitFor(t: TestContext, open: OpenDatabase, options: Partial<AccessOptions> = {}): Promise<Kit> {
  const store = await open(t);
  const clock = standingClock();
  const opened: Access[] = [];
  // Registered after the store's closing, so that it runs first.
  const reopen: Kit["reopen"] = (more = {}) => {
    const access = openAccess({
      store,
      clock,
      baseUrl: "/",
      key: KEY,
      gateKey: GATE_KEY,
      groupsOf: () => [],
      sharingOf: () => false,
      ...options,
      ...more,
    });
    opened.push(access);
    return access;
  };
  const access = reopen();
  const created = new Date(clock.now()).toISOString();
  const rows = await insertUsers(
    store.db,
    ["admin", "alice", "bob"].map((name) => ({ name, admin: name === "admin", created, cookieId: `cookie-${name}` })),
  );
  const [admin, alice, bob] = rows.map(({ id, name, admin }) => ({ id, name: userName(name), admin: admin !== 0 }));
  if (admin === undefined || alice === undefined || bob === undefined) throw new Error("people are missing");

  const addServer: Kit["addServer"] = async (person, name = "") => {
    const { id } = await store.db
      .insertInto("servers")
      .values({
        user_id: person.id,
        name,
        display_name: "",
        state: "ready",
        state_since: created,
        user_options: "{}",
        generation: 1,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    return id;
  };
  const kit: Kit = {
    access,
    store,
    clock,
    admin,
    alice,
    bob,
    reopen,
    addServer,
    async signIn(person) {
      const { cookieValue } = await access.sessions.create({
        userId: person.id,
        userAgent: "test",
        address: "127.0.0.1",
        days: 14,
      });
      const signedIn = await access.sessions.resolve(cookieValue);
      if (signedIn === undefined) throw new Error("the sign-in did not hold");
      return { ...signedIn, cookieValue };
    },
    async serverToken(person) {
      const serverId = await addServer(person);
      const issued = await access.issueServerToken({ owner: person, server: DEFAULT_SERVER });
      await store.db.updateTable("servers").set({ token_id: issued.tokenId }).where("id", "=", serverId).execute();
      return issued;
    },
    async suspend(person, why = "No rule lets this person in.") {
      await changeUser(store.db, person.id, { suspended: why });
    },
    async startServer(person, name = "", allowedScopes = []) {
      const serverId = await addServer(person, name);
      const secret = new Secret(`secret of ${person.name}/${name}`);
      const redirectUri = `/user/${person.name}/${name === "" ? "" : `${name}/`}oauth_callback`;
      const { clientId } = await access.oauth.registerServerClient({
        serverId,
        user: person.name,
        server: name as ServerName,
        secret,
        redirectUri,
        description: `Server at /user/${person.name}/`,
        allowedScopes,
      });
      return { clientId, redirectUri, secret };
    },
  };
  t.after(async () => {
    for (const one of opened) await one.close();
  });
  return kit;
}

/** Stands still until moved; sleepers wait until it has passed their time, or are aborted. */
export function standingClock(): Kit["clock"] {
  let now = Date.parse("2030-01-01T00:00:00.000Z");
  const sleepers = new Map<() => void, number>();
  return {
    now: () => now,
    pass(ms) {
      now += ms;
      for (const [wake, at] of sleepers) if (at <= now) wake();
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const end = (settle: () => void) => () => {
          sleepers.delete(wake);
          settle();
        };
        const wake = end(resolve);
        sleepers.set(wake, now + ms);
        signal?.addEventListener(
          "abort",
          end(() => reject(signal.reason)),
          { once: true },
        );
        if (signal?.aborted === true) reject(signal.reason);
      }),
  };
}

export function named(name: string): UserName {
  return userName(name);
}
