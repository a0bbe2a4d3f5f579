import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { forEachDatabase, type OpenDatabase } from "../../../test/support/databases.ts";
import { type GithubOptions, startGithub } from "../../../test/support/github.ts";
import { heldClock } from "../../../test/support/held-clock.ts";
import { rejection, signInHub } from "../../../test/support/sign-in.ts";
import { isoTime } from "../../kernel/index.ts";
import { insertSession, listSessionsOf } from "../../store/index.ts";

const CALLBACK = "https://hub.example.org/hub/oauth_callback";
const RULES = `
    allow:
      organizations: [my-lab, "other:guests"]
    admins:
      organizations: ["my-lab:admins"]
groups:
  staff: { members: { github: ["my-lab:staff"] }, memory: 8G }
`;

/** A whole sign-in room and people room on a real database, and GitHub's stand-in. */
async function lab(
  t: TestContext,
  open: OpenDatabase,
  { rules = RULES, ...options }: GithubOptions & { rules?: string } = {},
) {
  const clock = heldClock(Date.now());
  const site = await startGithub({ now: clock.now, callbackUrl: CALLBACK, ...options });
  t.after(() => site.close());
  const yaml = ({ url, apiUrl } = site) => `
signIn:
  github:
    url: ${url}
    apiUrl: ${apiUrl}
    clientId: ${site.clientId}
    clientSecret: { secret: github }${rules}`;
  const hub = await signInHub(t, open, { yaml: yaml(), clock, secrets: { github: site.clientSecret } });
  const as = async (login: string, at = site) => {
    const begun = await hub.signIn.beginRedirect("github", { callbackUrl: CALLBACK, next: "/" });
    const query = (await at.visit(begun.location, login)).search.slice(1);
    const visit = { query, state: begun.state, callbackUrl: CALLBACK, address: "192.0.2.1" };
    const { person } = await hub.signIn.finishRedirect(visit);
    await insertSession(hub.store.db, {
      ...{ hash: `${login}-${clock.now()}-${Math.random()}`, userId: person.id, sessionId: `${Math.random()}` },
      ...{
        created: isoTime(clock.now()),
        expiresAt: isoTime(clock.now() + 14 * 86_400_000),
        userAgent: "",
        address: "",
      },
    });
    return person;
  };
  return {
    ...{ site, hub, clock, as, yaml },
    /** A quarter of an hour later groups are due. */
    later: async () => {
      clock.pass(16 * 60_000);
      await hub.signIn.refreshDue(AbortSignal.timeout(20_000));
    },
    sessions: async (name: string) =>
      (await listSessionsOf(hub.store.db, (await hub.people.require(name)).id, isoTime(clock.now()))).length,
    text: async (name: string) =>
      (await hub.signIn.explainMethods(name)).methods.find(({ method }) => method === "github"),
  };
}

forEachDatabase("people of GitHub", (open) => {
  test("a private member of the organisation comes in, with what the team gives", async (t) => {
    const { site, hub, as } = await lab(t, open);
    site.directory.join("Anna", "my-lab:staff");
    const anna = await as("Anna");
    assert.deepEqual([anna.name, anna.admin], ["anna", false]);
    assert.deepEqual(hub.people.groupsOf(anna.name), ["staff"]);
    assert.equal(hub.people.policyOf(anna.name).memory.value, 8 * 1024 ** 3);
    assert.equal((await as("anna")).id, anna.id);
  });

  test("who is in no organisation that counts is refused, with reasons for the person and for admins", async (t) => {
    const { site, hub, as } = await lab(t, open);
    site.directory.join("mallory", "elsewhere");
    site.directory.join("mallory", "other");
    const { code, message, detail = "" } = await rejection(as("mallory"));
    assert.equal(code, "sign-in-refused");
    assert.match(message, /“mallory”.*does not let you in.*members of my-lab or other:guests.*Ask an admin/);
    assert.match(detail, /hublet\.yaml:9:\d+.*They are not in the organisation my-lab, says GitHub\./);
    assert.equal(await hub.people.count(), 0);
    assert.ok(hub.log.some((line) => line.message === "sign-in refused"));
  });

  test("a team makes an admin; without it the rights are gone at the next look-up, the browser stays", async (t) => {
    const { site, hub, as, later, sessions } = await lab(t, open);
    site.directory.join("anna", "my-lab:admins");
    site.directory.join("anna", "my-lab:staff");
    assert.equal((await as("anna")).admin, true);
    site.directory.leave("anna", "my-lab:admins");
    site.directory.leave("anna", "my-lab:staff");
    await later();
    const anna = await hub.people.require("anna");
    assert.deepEqual([anna.admin, anna.suspended, hub.people.groupsOf(anna.name)], [false, null, []]);
    assert.equal(await sessions("anna"), 1);
  });

  test("who left the organisation is signed out at the next look-up", async (t) => {
    const { site, hub, as, later, sessions } = await lab(t, open);
    site.directory.join("anna", "my-lab:staff");
    await as("anna");
    site.directory.leave("anna", "my-lab");
    await later();
    assert.notEqual((await hub.people.require("anna")).suspended, null);
    assert.equal(await sessions("anna"), 0);
    assert.equal((await rejection(as("anna"))).code, "sign-in-refused");
    site.directory.join("anna", "my-lab");
    assert.equal((await as("anna")).suspended, null);
  });

  test("a renamed login is the same person under the same name", async (t) => {
    const { site, hub, as, later } = await lab(t, open);
    site.directory.join("anna", "my-lab");
    const before = await as("anna");
    site.directory.rename("anna", "anna-maria");
    await later();
    assert.equal((await hub.people.identitiesOf("anna"))[0]?.login, "anna-maria");
    const after = await as("anna-maria");
    assert.deepEqual([after.id, after.name], [before.id, before.name]);
  });

  test("attack: account takeover — a login that somebody else registered anew is a different person", async (t) => {
    const rules = `
    allow: { organizations: [my-lab], users: [anna] }
`;
    const { site, hub, as } = await lab(t, open, { rules });
    site.directory.join("anna", "my-lab");
    const anna = await as("anna");
    site.directory.rename("anna", "anna-maria");
    site.directory.reregister("anna");
    // The rule means the account that it first let in.
    assert.equal((await rejection(as("anna"))).code, "sign-in-refused");
    site.directory.join("anna", "my-lab");
    const thief = await as("anna");
    assert.notEqual(thief.id, anna.id);
    assert.equal(thief.name, "anna-2");
    assert.equal((await as("anna-maria")).id, anna.id);
    assert.equal(await hub.people.count(), 2);
  });

  test("attack: account takeover — the same number and login at another GitHub are a different person", async (t) => {
    const { site, hub, clock, as, yaml, later, sessions, text } = await lab(t, open);
    const other = await startGithub({ now: clock.now, callbackUrl: CALLBACK });
    t.after(() => other.close());
    site.directory.join("anna", "my-lab:admins");
    other.directory.join("anna", "my-lab");
    assert.equal(other.directory.find("anna")?.id, site.directory.find("anna")?.id);
    const anna = await as("anna");
    assert.equal(anna.admin, true);
    await hub.people.setByHand("anna", true);
    await hub.configure(yaml(other));
    const thief = await as("anna", other);
    assert.deepEqual([thief.name, thief.admin, thief.id === anna.id], ["anna-2", false, false]);
    const told = await text("anna");
    assert.equal(told?.usable, false);
    assert.match(told.text, /^Known as “anna” at another GitHub than the one of the configuration now\./);
    // The old token is kept for the old address, and goes nowhere else.
    const asked = site.requests.length;
    await later();
    assert.deepEqual([site.requests.length, await sessions("anna")], [asked, 1]);
    assert.equal((await hub.people.identitiesOf("anna-2"))[0]?.problem, null);
    await hub.configure(yaml());
    assert.deepEqual([(await as("anna")).id, (await hub.people.require("anna")).admin], [anna.id, true]);
  });

  test("a revoked app signs out at the next look-up; signing in again mends it", async (t) => {
    const { site, hub, as, later, sessions } = await lab(t, open);
    site.directory.join("anna", "my-lab:staff");
    await as("anna");
    site.oauth.revoke("anna");
    await later();
    assert.equal(await sessions("anna"), 0);
    assert.match((await hub.people.identitiesOf("anna"))[0]?.problem ?? "", /revoked there/);
    const back = await as("anna");
    assert.deepEqual([back.suspended, hub.people.groupsOf(back.name)], [null, ["staff"]]);
  });

  test("while GitHub cannot be asked what was known holds, also with tokens that were renewed", async (t) => {
    const { site, hub, clock, as, later } = await lab(t, open, { expiringTokens: 28_800 });
    site.directory.join("anna", "my-lab:admins");
    await as("anna");
    clock.pass(9 * 3_600_000);
    site.rest.failWith = 503;
    await later();
    assert.equal((await hub.people.require("anna")).admin, true);
    assert.match((await hub.people.identitiesOf("anna"))[0]?.problem ?? "", /status 503/);
    site.rest.failWith = undefined;
    site.directory.leave("anna", "my-lab:admins");
    await later();
    const anna = await hub.people.require("anna");
    assert.deepEqual([anna.admin, anna.suspended], [false, null]);
    assert.equal((await hub.people.identitiesOf("anna"))[0]?.problem, null);
  });

  test("attack: who was thrown out of a team and uses up the own limit of questions keeps nothing by it", async (t) => {
    const { site, hub, clock, as, later, sessions } = await lab(t, open);
    site.directory.join("anna", "my-lab:admins");
    site.directory.join("ben", "my-lab:admins");
    await as("anna");
    await as("ben");
    site.directory.leave("anna", "my-lab");
    for (let round = 0; round < 8; round += 1) {
      site.rest.limits.set("anna", { kind: "primary", until: clock.now() + 30 * 60_000 });
      await later();
    }
    assert.deepEqual([(await hub.people.require("anna")).admin, await sessions("anna")], [false, 0]);
    assert.match((await hub.people.identitiesOf("anna"))[0]?.problem ?? "", /^Not looked up since 2/);
    // Those who stayed are looked up meanwhile.
    assert.equal((await hub.people.require("ben")).admin, true);
  });

  test("GitHub is down for more than a day: everybody's groups count for nothing until it answers", async (t) => {
    const { site, hub, clock, as, later } = await lab(t, open);
    const names = Array.from({ length: 12 }, (_, i) => `person${i}`);
    const admins = async () => (await hub.people.list({ state: "admin" })).total;
    for (const name of names) {
      site.directory.join(name, "my-lab:admins");
      await as(name);
      await hub.people.setByHand(name, true);
    }
    site.rest.failWith = 503;
    clock.pass(23 * 3_600_000);
    await later();
    assert.equal(await admins(), 12);
    clock.pass(3_600_000);
    await later();
    assert.equal(await admins(), 0);
    site.rest.failWith = undefined;
    await later();
    assert.equal(await admins(), 12);
  });

  test("only people at work are looked up, and only when it is time", async (t) => {
    const { site, hub, clock, as, later } = await lab(t, open);
    site.directory.join("anna", "my-lab");
    site.directory.join("ben", "my-lab");
    await as("anna");
    await as("ben");
    await hub.store.db
      .deleteFrom("sessions")
      .where("user_id", "=", (await hub.people.require("ben")).id)
      .execute();
    const asked = () => site.requests.filter((one) => one === "GET /api/user").length;
    assert.equal(asked(), 2);
    clock.pass(60_000);
    await hub.signIn.refreshDue(AbortSignal.timeout(20_000));
    assert.equal(asked(), 2);
    await later();
    assert.equal(asked(), 3);
  });

  test("an explanation says what is known, and what only GitHub can tell", async (t) => {
    const rules = `
    allow: { organizations: [my-lab], users: [carla] }
people: { names: [dora] }
`;
    const { site, hub, as, text } = await lab(t, open, { rules });
    site.directory.join("Anna", "my-lab");
    await as("Anna");
    const id = site.directory.find("anna")?.id;
    const anna = await text("anna");
    assert.equal(anna?.usable, true);
    assert.match(
      anna.text,
      new RegExp(`^Known at GitHub as “Anna” \\(${id}\\)\\. May enter: .*my-lab.*\\(hublet\\.yaml:8:\\d+\\)`),
    );
    const carla = await text("carla");
    assert.equal(carla?.usable, true);
    assert.match(
      carla.text,
      /Nobody has signed in with GitHub as “carla” yet\. .*signIn\.github\.allow\.users \(hublet\.yaml:8:\d+\) says so/,
    );
    assert.equal((await text("dora"))?.usable, true);
    const unknown = await text("eve");
    assert.equal(unknown?.usable, false);
    assert.match(unknown.text, /Not known: members of my-lab are let in, and only GitHub can tell/);
    await hub.member("frank");
    assert.match((await text("frank"))?.text ?? "", /would become another person here/);
  });
});
