import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { forEachDatabase, type OpenDatabase } from "../../../test/support/databases.ts";
import { heldClock } from "../../../test/support/held-clock.ts";
import { startOidc } from "../../../test/support/oidc.ts";
import { rejection, signInHub } from "../../../test/support/sign-in.ts";
import { isoTime } from "../../kernel/index.ts";
import { insertSession } from "../../store/index.ts";

const CALLBACK = "https://hub.example.org/hub/oauth_callback";

async function lab(t: TestContext, open: OpenDatabase) {
  const clock = heldClock(Date.now());
  const server = await startOidc({ callbackUrls: [CALLBACK] });
  t.after(() => server.close());
  const yaml = `
signIn:
  oidc:
    lab:
      title: The Lab
      issuer: ${server.issuer}
      clientId: ${server.clientId}
      clientSecret: { secret: oidc }
      allow: { groups: [/staff], domains: [example.org] }
      admins: { groups: [/admins] }
groups:
  physics: { members: { oidc: { lab: [/physics] } } }
`;
  const hub = await signInHub(t, open, { yaml, clock, secrets: { oidc: server.clientSecret } });
  const as = async (sub: string) => {
    const begun = await hub.signIn.beginRedirect("oidc:lab", { callbackUrl: CALLBACK, next: "/" });
    const query = (await server.visit(begun.location, sub)).search.slice(1);
    const visit = { query, state: begun.state, callbackUrl: CALLBACK, address: "192.0.2.1" };
    const { person } = await hub.signIn.finishRedirect(visit);
    await insertSession(hub.store.db, {
      ...{ hash: `${sub}-${Math.random()}`, userId: person.id, sessionId: `${Math.random()}` },
      ...{
        created: isoTime(clock.now()),
        expiresAt: isoTime(clock.now() + 14 * 86_400_000),
        userAgent: "",
        address: "",
      },
    });
    return person;
  };
  const later = async () => {
    clock.pass(16 * 60_000);
    await hub.signIn.refreshDue(AbortSignal.timeout(20_000));
  };
  return { server, hub, as, later };
}

forEachDatabase("people of an OpenID provider", (open) => {
  test("groups let in, make admins and are taken into the hub; what is taken back is gone at the next look-up", async (t) => {
    const { server, hub, as, later } = await lab(t, open);
    server.people.set("u1", { preferred_username: "Anna", groups: ["/staff", "/admins", "/physics"] });
    const anna = await as("u1");
    assert.deepEqual([anna.name, anna.admin, hub.people.groupsOf(anna.name)], ["anna", true, ["physics"]]);
    server.people.set("u1", { preferred_username: "Anna", groups: ["/staff"] });
    await later();
    const after = await hub.people.require("anna");
    assert.deepEqual([after.admin, after.suspended, hub.people.groupsOf(after.name)], [false, null, []]);
    server.people.delete("u1");
    await later();
    assert.notEqual((await hub.people.require("anna")).suspended, null);
  });

  test("a verified address lets in and an unverified one does not", async (t) => {
    const { server, as } = await lab(t, open);
    const claims = { email: "ben@example.org", email_verified: true, preferred_username: "ben" };
    server.people.set("u1", claims);
    server.people.set("u2", { ...claims, preferred_username: "mallory", email_verified: false });
    assert.equal((await as("u1")).name, "ben");
    const { message, detail } = await rejection(as("u2"));
    assert.match(message, /You are signed in at The Lab as “mallory”/);
    assert.match(detail ?? "", /The Lab did not verify the e-mail address, so rules about domains leave it out\./);
  });

  test("another subject of the same name is another person", async (t) => {
    const { server, as } = await lab(t, open);
    server.people.set("u1", { preferred_username: "anna", groups: ["/staff"] });
    server.people.set("u2", { preferred_username: "anna", groups: ["/staff"] });
    const [one, other] = [await as("u1"), await as("u2")];
    assert.notEqual(one.id, other.id);
    assert.deepEqual([one.name, other.name], ["anna", "anna-2"]);
  });
});
