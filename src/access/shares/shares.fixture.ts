/** What the tests of shares share: alice may share her server, bob is the one who comes. */
import type { TestContext } from "node:test";
import { DEFAULT_SERVER } from "../../kernel/index.ts";
import { type Kit, kitFor, type OpenDatabase } from "../access.fixture.ts";
import { type Identity, type Person, type ServerAt, scopeList } from "../index.ts";

export interface Sharing extends Kit {
  /** Groups by person; as the test says, from then on. */
  readonly members: Map<string, readonly string[]>;
  /** Who may share, by their policy. */
  readonly policy: { sharing: readonly string[] };
  readonly asAlice: Identity;
  readonly asAdmin: Identity;
  /** Alice's default server, which was never started. */
  readonly server: ServerAt;
  /** What a person may do with servers of others. */
  scopesAt(person: Person): Promise<readonly string[]>;
}

export async function setUpSharing(t: TestContext, open: OpenDatabase): Promise<Sharing> {
  const members: Sharing["members"] = new Map();
  const policy: Sharing["policy"] = { sharing: ["alice"] };
  const kit = await kitFor(t, open, {
    groupsOf: (user) => members.get(user) ?? [],
    sharingOf: (user) => policy.sharing.includes(user),
  });
  return {
    ...kit,
    members,
    policy,
    asAlice: (await kit.signIn(kit.alice)).identity,
    asAdmin: (await kit.signIn(kit.admin)).identity,
    server: { user: kit.alice.name, server: DEFAULT_SERVER },
    scopesAt: async (person) =>
      scopeList(await kit.access.scopesOf(person)).filter((scope) => !scope.endsWith(`!user=${person.name}`)),
  };
}
