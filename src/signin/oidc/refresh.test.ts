import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import * as client from "openid-client";
import { type OidcOptions, startOidc } from "../../../test/support/oidc.ts";
import { HubError } from "../../kernel/index.ts";
import { CALLBACK, front } from "../provider/front.fixture.ts";
import { isOfPerson } from "./troubles.ts";

const ANNA = {
  preferred_username: "anna",
  email: "anna@example.org",
  email_verified: true,
  groups: ["admins", "staff"],
};

async function signedIn(t: TestContext, options: Partial<OidcOptions> = {}, more = "") {
  const server = await startOidc({ callbackUrls: [CALLBACK], ...options });
  t.after(() => server.close());
  server.people.set("u1", ANNA);
  const hub = front(`
signIn:
  oidc:
    lab: { issuer: "${server.issuer}", clientId: hublet, clientSecret: { secret: oidc-secret }, allow: { everyone: true }${more} }
`);
  const proof = await hub.signIn("oidc:lab", (location) => server.visit(location, "u1"));
  return { server, hub, proof };
}

test("a group that somebody left is gone at the next look-up, by a fresh ID token", async (t) => {
  const { server, hub } = await signedIn(t);
  server.people.set("u1", { ...ANNA, preferred_username: "anna-maria", groups: ["staff"] });
  const first = await hub.refresh();
  assert.ok(first?.kind === "proof");
  assert.deepEqual([first.proof.login, first.proof.groups, first.proof.email], ["anna-maria", ["staff"], ANNA.email]);
  server.people.set("u1", { preferred_username: "anna-maria" });
  const second = await hub.refresh(first.proof);
  assert.ok(second?.kind === "proof");
  assert.deepEqual(second.proof.groups, []);
});

test("a group that somebody left is gone at the next look-up, by userinfo", async (t) => {
  const { server, hub, proof } = await signedIn(t, { claimsIn: "userinfo" });
  server.people.set("u1", { ...ANNA, groups: ["staff"] });
  const tokens = server.requests.filter((one) => one === "POST /token").length;
  const first = await hub.refresh(proof);
  assert.deepEqual(first?.kind === "proof" && first.proof.groups, ["staff"]);
  assert.equal(server.requests.filter((one) => one === "POST /token").length, tokens, "the access token still holds");
  hub.clock.pass(59.5 * 60_000);
  assert.equal((await hub.refresh(proof))?.kind, "proof", "it is renewed when it is about to end");
  assert.equal(server.requests.filter((one) => one === "POST /token").length, tokens + 1);
});

test("what was revoked, and who was deleted, has to sign in again", async (t) => {
  for (const claimsIn of ["both", "userinfo"] as const) {
    const { server, hub } = await signedIn(t, { claimsIn });
    await server.revoke("u1");
    const outcome = await hub.refresh();
    assert.ok(outcome?.kind === "revoked", claimsIn);
    assert.match(outcome.why, /lab does not take the sign-in any more/);
  }
  const { server, hub } = await signedIn(t);
  server.people.delete("u1");
  assert.equal((await hub.refresh())?.kind, "revoked");
});

test("without a refresh token groups are looked up as long as the access token holds, then at the next sign-in", async (t) => {
  const { server, hub, proof } = await signedIn(t, { claimsIn: "userinfo", refreshTokens: "never" });
  server.people.set("u1", { ...ANNA, groups: [] });
  const outcome = await hub.refresh(proof);
  assert.deepEqual(outcome?.kind === "proof" && outcome.proof.groups, []);
  hub.clock.pass(2 * 3_600_000);
  const later = await hub.refresh(proof);
  assert.ok(later?.kind === "unavailable");
  assert.equal(later.whose, "nobody");
  // Also while the provider is down, and whatever is overdue.
  await server.close();
  assert.deepEqual(await hub.refresh(proof), undefined, "it is not asked in vain");
  hub.clock.pass(3_600_000);
  assert.deepEqual(await hub.refresh(proof), later);
  assert.match(later.why, /no refresh token\): they are looked up at the next sign-in/);
});

test("groups that only the ID token has are not taken for none without one", async (t) => {
  const { server, hub, proof } = await signedIn(t, { refreshTokens: "never" });
  server.people.set("u1", { preferred_username: "anna" });
  const outcome = await hub.refresh(proof);
  assert.ok(outcome?.kind === "unavailable");
  assert.equal(outcome.whose, "nobody");
  assert.match(outcome.why, /names groups only at a sign-in/);
});

test("what userinfo refuses to one account may be that account's doing, no answer is not", async () => {
  const metadata = { issuer: "https://id.example.org", userinfo_endpoint: "https://id.example.org/userinfo" };
  for (const [status, person] of [
    [403, true],
    [429, true],
    [404, false],
    [503, false],
  ] as const) {
    const configuration = new client.Configuration(metadata, "hublet");
    configuration[client.customFetch] = async () => new Response("no", { status });
    const error: unknown = await client.fetchUserInfo(configuration, "token", "u1").catch((thrown: unknown) => thrown);
    assert.equal(isOfPerson(error, new HubError("provider-unreachable", "No.")), person, String(status));
  }
  assert.equal(isOfPerson(new Error("its claims"), new HubError("sign-in-refused", "No.")), true);
});

test("a refresh token for offline_access comes when it is asked for", async (t) => {
  const { hub } = await signedIn(t, { refreshTokens: "offline_access" }, ", scopes: [profile, email, offline_access]");
  hub.clock.pass(59.5 * 60_000);
  assert.equal((await hub.refresh())?.kind, "proof");
});

test("a provider that is down leaves what was known, and is left alone for a minute", async (t) => {
  const { server, hub, proof } = await signedIn(t);
  await server.close();
  const outcome = await hub.refresh(proof);
  assert.ok(outcome?.kind === "unavailable");
  assert.equal(outcome.whose, "provider");
  assert.match(outcome.why, /could not be asked: (nothing listens there|the connection was cut)/);
  assert.equal(await hub.refresh(proof), undefined);
  hub.clock.pass(61_000);
  assert.equal((await hub.refresh(proof))?.kind, "unavailable");
});

test("where there are neither groups nor refresh tokens nothing is kept", async (t) => {
  const { proof } = await signedIn(t, { refreshTokens: "never" }, ", preset: google");
  assert.equal(proof.credential, null);
});

test("attack: tokens of one issuer are not shown to another, nor believed what it says of that subject", async (t) => {
  const { server, hub, proof } = await signedIn(t);
  const asked = server.requests.length;
  const outcome = await hub.refresh({ ...proof, issuer: "https://old.example.org/" });
  assert.ok(outcome?.kind === "unavailable");
  assert.match(outcome.why, /names another lab now/);
  assert.equal(server.requests.length, asked);
});
