/** What others could make of the name of an account of this host. Named after the attacks. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { forEachDatabase, type OpenDatabase } from "../../../test/support/databases.ts";
import { github, peopleHub, refusal } from "../people.fixture.ts";

const signIn = (rules: string) => `
signIn:
  github: {clientId: id, clientSecret: {secret: github}, allow: {${rules}}}
  oidc: {uni: {issuer: https://i.example, clientId: id, allow: {groups: [lab]}}}
  header: {user: X-Remote-User, from: [127.0.0.1]}
`;
const HOST = "people: {hostAccounts: {}}";
const uni = (login: string, groups: readonly string[] = []) => ({
  ...{ provider: "oidc:uni", issuer: "https://i.example/", subject: `sub-${login}`, login },
  ...{ email: null, groups, credential: null },
});
const header = (login: string) => ({
  ...{ provider: "header", issuer: "", subject: login, login, email: null, groups: [], credential: null },
});

async function hub(t: TestContext, open: OpenDatabase, yaml: string) {
  const folder = mkdtempSync(join(tmpdir(), "hublet-accounts-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const accounts = join(folder, "passwd");
  writeFileSync(accounts, "root:x:0:0::/root:/bin/sh\njupyter-alice:x:2000:2000::/home/jupyter-alice:/bin/sh\n");
  return peopleHub(t, open, yaml, { accounts });
}

forEachDatabase("accounts of the host", (open) => {
  test("registering a host account's name at GitHub or an OpenID provider opens nothing", async (t) => {
    const { people } = await hub(t, open, HOST + signIn("organizations: [lab]"));
    const alice = await people.require("alice");
    assert.equal(alice.suspended, null, "by a password of her own she may enter");
    await refusal(people.admit(github(666, "alice")));
    await refusal(people.admit(uni("Alice")));
    assert.deepEqual(await people.identitiesOf("alice"), []);
    // Nor does a member of the organisation get her name.
    const member = await people.admit(github(666, "alice", ["lab"]));
    assert.deepEqual([member.name, member.id === alice.id], ["alice-2", false]);
    assert.equal((await people.admit(uni("alice", ["lab"]))).name, "alice-3");
    assert.deepEqual(await people.identitiesOf("alice"), []);
  });

  test("nor in the moment before the account's row is made", async (t) => {
    const { people, swap } = await hub(t, open, signIn("organizations: [lab]"));
    swap(HOST + signIn("organizations: [lab]"));
    assert.equal((await people.admit(github(666, "alice", ["lab"]))).name, "alice-2");
    await people.applyConfiguration();
    assert.equal((await people.require("alice")).suspended, null);
  });

  test("a host account made later keeps nobody in whom GitHub sent, also after a rename", async (t) => {
    const { people, configure } = await hub(t, open, signIn("organizations: [lab]"));
    await people.admit(github(1, "alice", ["lab"]));
    await configure(HOST + signIn(""));
    assert.match((await people.require("alice")).suspended ?? "", /No rule lets in any more what GitHub/);
    const told = await people.explain("alice");
    const text = told.enter.because.map((reason) => reason.text).join("\n");
    assert.match(text, /stands for “alice”, but lets in nobody whom GitHub or an OpenID provider sends/);
    assert.doesNotMatch(text, /the host's accounts names “alice”/);
    await people.rename("alice", "alicia");
    assert.deepEqual(
      [
        (await people.require("alicia")).byHand,
        people.suspendedOf((await people.require("alicia")).name) === undefined,
      ],
      [false, false],
    );
  });

  test("the proxy's header names accounts of this host, and lists mean any provider", async (t) => {
    const { people, configure } = await hub(t, open, HOST + signIn(""));
    const alice = await people.require("alice");
    assert.equal((await people.admit(header("alice"))).id, alice.id);
    await people.forgetIdentity("alice", "header");
    await configure(`people: {hostAccounts: {}, names: [alice]}${signIn("")}`);
    assert.equal((await people.admit(github(1, "alice"))).id, alice.id);
  });

  test("for a name that only the host has, an explanation tells who would be let in", async (t) => {
    const { people, swap } = await hub(t, open, signIn("everyone: true"));
    swap(HOST + signIn(""));
    const told = await people.explain("alice");
    assert.deepEqual([told.exists, told.enter.allowed], [false, true]);
    assert.match(
      told.enter.because.map(({ text }) => text).join(),
      /^An account of this host .* stands for “alice”\.$/,
    );
  });
});
