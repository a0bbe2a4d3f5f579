import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { isoTime } from "../../kernel/index.ts";
import { GITHUB, github, peopleHub } from "../people.fixture.ts";

const GROUPS = `${GITHUB}
groups:
  staff: {members: {github: ["lab:staff"]}}
  everyone: {members: {everyone: true}}
`;

forEachDatabase("groups looked up again", (open) => {
  test("a team that is gone takes rights and groups along at once; the organisation still lets in", async (t) => {
    const { people, identityId, browse, browsers, told } = await peopleHub(t, open, GROUPS);
    const person = await people.admit(github(1, "octocat", ["lab", "lab:staff"]));
    assert.deepEqual([person.admin, people.groupsOf(person.name)], [true, ["everyone", "staff"]]);
    await browse("octocat");
    told();
    await people.refreshed(await identityId("octocat"), { kind: "proof", proof: github(1, "octocat", ["lab"]) });
    assert.deepEqual(told(), ["octocat"]);
    const after = await people.require("octocat");
    assert.deepEqual([after.admin, after.suspended, people.groupsOf(after.name)], [false, null, ["everyone"]]);
    assert.equal(await browsers("octocat"), 1);
  });

  test("who is let in by nothing any more is suspended and signed out, and comes back with the membership", async (t) => {
    const { people, store, identityId, browse, browsers } = await peopleHub(t, open, GROUPS);
    const { name, id } = await people.admit(github(1, "octocat", ["lab"]));
    await store.db
      .insertInto("servers")
      .values({
        user_id: id,
        name: "",
        display_name: "",
        state: "ready",
        state_since: "",
        user_options: "{}",
        generation: 1,
      })
      .execute();
    await browse("octocat");
    await people.refreshed(await identityId("octocat"), { kind: "proof", proof: github(1, "octocat") });
    assert.match(people.suspendedOf(name) ?? "", /No rule lets in any more what GitHub says of this person/);
    assert.equal((await people.require("octocat")).suspended, people.suspendedOf(name));
    assert.equal(await browsers("octocat"), 0);
    // What runs goes on.
    assert.equal((await store.db.selectFrom("servers").select("state").executeTakeFirst())?.state, "ready");
    assert.equal((await people.list({ state: "suspended" })).total, 1);
    const back = await people.admit(github(1, "octocat", ["lab"]));
    assert.deepEqual([back.id, back.suspended, people.suspendedOf(name)], [id, null, undefined]);
  });

  test("a provider that takes its word back ends sign-ins and clears groups", async (t) => {
    const { people, identityId, browse, browsers } = await peopleHub(t, open, GROUPS);
    const { name } = await people.admit(github(1, "octocat", ["lab", "lab:staff"]));
    await browse("octocat");
    await people.refreshed(await identityId("octocat"), { kind: "revoked", why: "The app was revoked." });
    assert.equal(await browsers("octocat"), 0);
    assert.match(people.suspendedOf(name) ?? "", /GitHub no longer confirms/);
    const [identity] = await people.identitiesOf("octocat");
    assert.deepEqual([identity?.groups, identity?.problem], [[], "The app was revoked."]);
    assert.equal((await people.admit(github(1, "octocat", ["lab"]))).suspended, null);
    assert.equal((await people.identitiesOf("octocat"))[0]?.problem, null);
  });

  test("a provider that cannot be asked changes nothing, and is asked again", async (t) => {
    const { people, store, clock, identityId, browse } = await peopleHub(t, open, GROUPS);
    const { name } = await people.admit(github(1, "octocat", ["lab", "lab:staff"]));
    await browse("octocat");
    clock.pass(1_000_000);
    const id = await identityId("octocat");
    const due = () => people.dueIdentities(isoTime(clock.now() - 900_000), 10);
    assert.deepEqual(
      (await due()).map(({ user, login, credential }) => [user, login, credential]),
      [["octocat", "octocat", "sealed"]],
    );
    await people.refreshed(id, { kind: "unavailable", why: "Rate limit.", credential: "renewed" });
    assert.deepEqual([(await people.require("octocat")).admin, people.groupsOf(name)], [true, ["everyone", "staff"]]);
    assert.equal((await people.identitiesOf("octocat"))[0]?.problem, "Rate limit.");
    assert.equal((await due())[0]?.credential, "renewed");
    await people.refreshed(id, { kind: "proof", proof: github(1, "octocat", ["lab"]) });
    assert.deepEqual(await due(), []);
    assert.equal(
      (await store.db.selectFrom("identities").select("credential").executeTakeFirst())?.credential,
      "sealed",
    );
    await people.refreshed(4711, { kind: "revoked", why: "gone" });
  });

  test("an answer about another account is as good as none", async (t) => {
    const { people, identityId } = await peopleHub(t, open, GROUPS);
    const { name } = await people.admit(github(1, "octocat", ["lab"]));
    await people.refreshed(await identityId("octocat"), { kind: "proof", proof: github(2, "boss", ["lab:staff"]) });
    assert.notEqual(people.suspendedOf(name), undefined);
    assert.equal((await people.identitiesOf("octocat"))[0]?.subject, "1");
  });
});
