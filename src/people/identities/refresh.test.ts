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
    await people.refreshed(id, { kind: "unavailable", whose: "person", why: "Rate limit.", credential: "renewed" });
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

  const HOUR = 3_600_000;
  const limited = { kind: "unavailable", whose: "person", why: "Rate limit." } as const;
  const outage = { kind: "unavailable", whose: "provider", why: "GitHub is down." } as const;

  test("a person's own trouble keeps groups for an hour, then they count for nothing until a look-up succeeds", async (t) => {
    const { people, clock, identityId, browse, browsers, told, restarted } = await peopleHub(t, open, GROUPS);
    const { name } = await people.admit(github(1, "octocat", ["lab", "lab:staff"]));
    const since = isoTime(clock.now());
    await browse("octocat");
    // Somebody else lets them in too, so that sessions stay and the provider goes on being asked.
    await people.setByHand("octocat", true);
    const id = await identityId("octocat");
    clock.pass(HOUR);
    await people.refreshed(id, limited);
    assert.equal((await people.require("octocat")).admin, true);
    told();
    clock.pass(1);
    await people.refreshed(id, limited);
    assert.deepEqual(told(), ["octocat"]);
    const after = await people.require("octocat");
    assert.deepEqual([after.admin, after.suspended, people.groupsOf(name)], [false, null, ["everyone"]]);
    assert.equal(await browsers("octocat"), 1);
    const [identity] = await people.identitiesOf("octocat");
    assert.deepEqual([identity?.groups, identity?.refreshedAt], [[], since]);
    assert.match(identity?.problem ?? "", new RegExp(`since ${since}.*count for nothing.*Rate limit\\.`));
    // Neither a restart nor another trouble brings them back.
    await people.applyConfiguration();
    assert.deepEqual((await restarted()).groupsOf(name), ["everyone"]);
    await people.refreshed(id, { ...outage, credential: "renewed" });
    assert.equal((await people.require("octocat")).admin, false);
    assert.match((await people.identitiesOf("octocat"))[0]?.problem ?? "", /count for nothing.*GitHub is down/);
    const [due] = await people.dueIdentities(isoTime(clock.now()), 10);
    assert.deepEqual([due?.id, due?.credential, due?.overdue], [id, "renewed", false]);
    await people.refreshed(id, { kind: "proof", proof: github(1, "octocat", ["lab", "lab:staff"]) });
    assert.deepEqual([(await people.require("octocat")).admin, people.groupsOf(name)], [true, ["everyone", "staff"]]);
    assert.equal((await people.identitiesOf("octocat"))[0]?.problem, null);
  });

  test("whom only such groups let in is signed out; what runs goes on, is asked about, and brings the way in back", async (t) => {
    const { people, store, clock, identityId, browse, browsers } = await peopleHub(t, open, GROUPS);
    const { name, id: userId } = await people.admit(github(1, "octocat", ["lab", "lab:staff"]));
    await store.db
      .insertInto("servers")
      .values({
        ...{ user_id: userId, name: "", display_name: "", state: "ready", state_since: "" },
        ...{ user_options: "{}", generation: 1 },
      })
      .execute();
    await browse("octocat");
    clock.pass(HOUR + 1);
    await people.refreshed(await identityId("octocat"), limited);
    assert.notEqual(people.suspendedOf(name), undefined);
    assert.equal(await browsers("octocat"), 0);
    assert.equal((await store.db.selectFrom("servers").select("state").executeTakeFirst())?.state, "ready");
    assert.equal((await people.dueIdentities(isoTime(clock.now()), 10)).length, 1);
    await people.refreshed(await identityId("octocat"), { kind: "proof", proof: github(1, "octocat", ["lab"]) });
    assert.equal(people.suspendedOf(name), undefined);
  });

  test("a provider's trouble keeps groups for a day; longer pauses between look-ups are waited for", async (t) => {
    const { people, clock, identityId, browse, configure } = await peopleHub(t, open, GROUPS);
    await people.admit(github(1, "octocat", ["lab", "lab:staff"]));
    const id = await identityId("octocat");
    const overdue = async () => (await people.dueIdentities(isoTime(clock.now()), 10)).map((due) => due.overdue);
    await configure(GROUPS.replace("signIn:", "signIn:\n  refresh: 2h"));
    clock.pass(8 * HOUR);
    await people.refreshed(id, limited);
    assert.equal((await people.require("octocat")).admin, true);
    await configure(GROUPS);
    clock.pass(16 * HOUR - 60_000);
    await people.refreshed(id, outage);
    assert.equal((await people.require("octocat")).admin, true);
    await browse("octocat");
    assert.deepEqual(await overdue(), [false]);
    clock.pass(60_001);
    assert.deepEqual(await overdue(), [true]);
    await people.refreshed(id, outage);
    assert.equal((await people.require("octocat")).suspended === null, false);
  });

  test("what is told only at a sign-in holds until the next one", async (t) => {
    const { people, clock, identityId } = await peopleHub(t, open, GROUPS);
    await people.admit(github(1, "octocat", ["lab", "lab:staff"]));
    clock.pass(13 * 24 * HOUR);
    await people.refreshed(await identityId("octocat"), { kind: "unavailable", whose: "nobody", why: "No way to." });
    assert.equal((await people.require("octocat")).admin, true);
    assert.equal((await people.identitiesOf("octocat"))[0]?.problem, "No way to.");
  });
});
