/** People on a real database, under a configuration that tests change. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { OpenDatabase } from "../../test/support/databases.ts";
import { heldClock } from "../../test/support/held-clock.ts";
import { snapshotFromText } from "../config/index.ts";
import { HubError, isoTime, type UserName } from "../kernel/index.ts";
import { insertSession, listIdentitiesOf, listSessionsOf } from "../store/index.ts";
import { createPeople, type People, type Proof } from "./index.ts";

export const GITHUB = `
signIn:
  github:
    clientId: id
    clientSecret: {secret: github}
    allow:
      organizations: [lab, "other:guests"]
    admins:
      organizations: ["lab:staff"]
`;

/** @param options.accounts path of a passwd file, for `people.hostAccounts` */
export async function peopleHub(
  t: TestContext,
  open: OpenDatabase,
  yaml = "",
  options: { readonly accounts?: string } = {},
) {
  const read = (text: string) => snapshotFromText(text, { secrets: { github: "x", oidc: "x" }, ...options });
  const store = await open(t);
  const clock = heldClock();
  let snapshot = read(yaml);
  const told: (UserName | undefined)[] = [];
  const make = (): People => createPeople({ store, clock, snapshot: () => snapshot });
  const people = make();
  await people.applyConfiguration();
  people.onStanding((name) => told.push(name));
  return {
    store,
    clock,
    people,
    /** Who was told of, since the last time this was asked. */
    told: () => told.splice(0),
    /** As after a restart: nothing is left but the database. */
    restarted: async () => {
      const again = make();
      await again.applyConfiguration();
      return again;
    },
    configure: async (text: string) => {
      snapshot = read(text);
      await people.applyConfiguration();
    },
    /** The snapshot alone is another one: standings are worked out later. */
    swap: (text: string) => {
      snapshot = read(text);
    },
    /** Reads a configuration that is taken over later: when what is given back is called. */
    prepare: (text: string) => {
      const next = read(text);
      return async () => {
        snapshot = next;
        await people.applyConfiguration();
      };
    },
    /** Signs a browser in; how many the person has is told by `browsers`. */
    browse: async (name: string) => {
      const { id } = await people.require(name);
      const created = isoTime(clock.now());
      await insertSession(store.db, {
        hash: `${name}-browser`,
        userId: id,
        sessionId: `${name}-public`,
        created,
        expiresAt: isoTime(clock.now() + 86_400_000),
        userAgent: "",
        address: "",
      });
    },
    browsers: async (name: string) =>
      (await listSessionsOf(store.db, (await people.require(name)).id, isoTime(clock.now()))).length,
    identityId: async (name: string) => {
      const [identity] = await listIdentitiesOf(store.db, (await people.require(name)).id);
      assert.ok(identity !== undefined);
      return identity.id;
    },
  };
}

export const GITHUB_COM = "https://github.com";

/** What GitHub says of an account. */
export function github(subject: number, login: string, groups: readonly string[] = []): Proof {
  return {
    ...{ provider: "github", issuer: GITHUB_COM, subject: `${subject}` },
    ...{ login, email: null, groups, credential: "sealed" },
  };
}

/** The refusal that a sign-in ends with. */
export async function refusal(attempt: Promise<unknown>): Promise<HubError> {
  try {
    await attempt;
  } catch (error) {
    assert.ok(error instanceof HubError, String(error));
    assert.equal(error.code, "sign-in-refused");
    return error;
  }
  return assert.fail("it was let in");
}
