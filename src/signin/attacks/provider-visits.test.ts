import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startGithub } from "../../../test/support/github.ts";
import { startLyingOidc } from "../../../test/support/lying-oidc.ts";
import { rejection } from "../../../test/support/sign-in.ts";
import { CALLBACK, front } from "../provider/front.fixture.ts";

/** GitHub and an OpenID provider side by side, with a visit to GitHub that is about to come back. */
async function visiting(t: TestContext) {
  const site = await startGithub();
  t.after(() => site.close());
  const lab = await startLyingOidc("hublet");
  t.after(() => lab.close());
  const hub = front(`
signIn:
  github:
    url: ${site.url}
    apiUrl: ${site.apiUrl}
    clientId: ${site.clientId}
    clientSecret: { secret: github-secret }
    allow: { everyone: true }
  oidc:
    lab: { issuer: "${lab.issuer}", clientId: hublet, allow: { everyone: true } }
`);
  site.directory.person("anna");
  site.directory.person("mallory");
  const begin = (method = "github", next = "/hub/home") =>
    hub.providers.beginRedirect(method, { callbackUrl: CALLBACK, next });
  const finish = (query: string | URL, state: string | undefined) =>
    hub.providers.finishRedirect({
      ...{ query: typeof query === "string" ? query : query.search.slice(1), state },
      ...{ callbackUrl: CALLBACK, address: "192.0.2.1" },
    });
  const refused = async (query: string | URL, state: string | undefined, why: RegExp) => {
    const error = await rejection(finish(query, state));
    assert.equal(error.code, "sign-in-refused");
    assert.match(error.message, why);
    assert.equal(hub.proofs.length, 0);
  };
  return { site, lab, hub, begin, finish, refused };
}

test("next comes back as it was given", async (t) => {
  const { site, begin, finish } = await visiting(t);
  const next = "/hub/spawn/a%20b?x=1&y=ü#z";
  const { location, state } = await begin("github", next);
  assert.equal((await finish(await site.visit(location, "anna"), state)).next, next);
  assert.ok(!location.includes("spawn"), "the provider does not learn where people go");
});

test("login CSRF: a callback that this browser did not begin is refused", async (t) => {
  const { site, begin, refused } = await visiting(t);
  const attacker = await begin();
  const planted = await site.visit(attacker.location, "mallory");
  await refused(planted, undefined, /not begun in this browser/);
  // The victim has begun a visit of its own.
  await refused(planted, (await begin()).state, /not begun in this browser/);
  assert.deepEqual(site.oauth.exchanges, [], "the planted code is not even exchanged");
});

test("forged state: what the hub did not seal is refused", async (t) => {
  const { site, begin, refused } = await visiting(t);
  const { location, state } = await begin();
  const back = await site.visit(location, "anna");
  const body = state.slice(3);
  for (const forged of [
    "",
    "x",
    "s1.",
    `s1.${Buffer.from('{"state":"x"}').toString("base64url")}`,
    `s1.${body.slice(0, -4)}AAAA`,
  ])
    await refused(back, forged, /not begun in this browser/);
  const without = new URL(back);
  without.searchParams.delete("state");
  await refused(without, state, /not begun in this browser/);
  const twice = new URL(back);
  twice.searchParams.append("state", "x");
  await refused(twice, state, /not begun in this browser/);
});

test("old state: a visit that took longer than 10 minutes is refused", async (t) => {
  const { site, hub, begin, refused } = await visiting(t);
  const { location, state } = await begin();
  const back = await site.visit(location, "anna");
  hub.clock.pass(10 * 60_000 + 1);
  await refused(back, state, /took longer than 10 minutes/);
});

test("replayed callback: it signs in once", async (t) => {
  const { site, hub, begin, finish } = await visiting(t);
  const { location, state } = await begin();
  const back = await site.visit(location, "anna");
  await finish(back, state);
  assert.match((await rejection(finish(back, state))).message, /came back already/);
  assert.equal(hub.proofs.length, 1);
  assert.equal(site.oauth.exchanges.length, 1);
});

test("replayed code: GitHub takes a code once, from whichever visit it comes", async (t) => {
  const { site, hub, begin, finish } = await visiting(t);
  const first = await begin();
  const back = await site.visit(first.location, "anna");
  await finish(back, first.state);
  const second = await begin();
  const again = new URL(back);
  again.searchParams.set("state", new URL(second.location).searchParams.get("state") ?? "");
  assert.match((await rejection(finish(again, second.state))).message, /used already or is too old/);
  assert.equal(hub.proofs.length, 1);
});

test("code injection: a stolen code is worthless without the verifier of its own visit (PKCE)", async (t) => {
  const { site, hub, begin, finish } = await visiting(t);
  const victim = await site.visit((await begin()).location, "anna");
  const attacker = await begin();
  const query = new URLSearchParams({
    code: victim.searchParams.get("code") ?? "",
    state: new URL(attacker.location).searchParams.get("state") ?? "",
  });
  assert.equal((await rejection(finish(query.toString(), attacker.state))).code, "sign-in-refused");
  assert.equal(hub.proofs.length, 0);
});

test("mix-up: a callback of another provider is refused, and the code stays with the hub", async (t) => {
  const { site, lab, begin, refused } = await visiting(t);
  // The other provider's callback with its own state, in a browser that went to GitHub.
  const github = await begin();
  const oidc = await begin("oidc:lab");
  await refused(lab.visit(oidc.location), github.state, /not begun in this browser/);
  // The other provider knows the state and answers in GitHub's place, naming itself as RFC 9207 asks.
  const state = new URL(github.location).searchParams.get("state") ?? "";
  const answer = new URLSearchParams({ code: "a-code", state, iss: lab.issuer });
  await refused(answer.toString(), github.state, /another provider answered/);
  assert.deepEqual(site.oauth.exchanges, []);
  // And the other way round.
  const other = await begin("oidc:lab");
  const back = lab.visit(other.location);
  back.searchParams.set("iss", site.url);
  await refused(back, other.state, /cannot be believed/);
  assert.equal(lab.requests.includes("POST /token"), false);
});

test("session fixation: every visit has secrets of its own, which the provider does not learn", async (t) => {
  const { begin } = await visiting(t);
  const [one, other] = [await begin("oidc:lab"), await begin("oidc:lab")];
  const given = (location: string, key: string) => new URL(location).searchParams.get(key);
  for (const key of ["state", "nonce", "code_challenge"])
    assert.notEqual(given(one.location, key), given(other.location, key));
  assert.equal(given(one.location, "code_challenge_method"), "S256");
  assert.notEqual(one.state, other.state);
  assert.ok(!one.state.includes(given(one.location, "state") ?? "-"), "the cookie is sealed");
  assert.ok(one.state.length < 3000);
});

test("a callback without a code, with two, or longer than any is refused", async (t) => {
  const { begin, refused } = await visiting(t);
  for (const more of ["", "&code=a&code=b", `&code=${"x".repeat(20_000)}`]) {
    const { location, state } = await begin();
    const own = new URL(location).searchParams.get("state") ?? "";
    await refused(`state=${own}${more}`, state, /did not sign you in|not begun in this browser/);
  }
});

test("what a provider says in an error is not repeated as it is", async (t) => {
  const { begin, refused, hub } = await visiting(t);
  const { location, state } = await begin();
  const own = new URL(location).searchParams.get("state") ?? "";
  const error = "<script>alert(1)</script>";
  await refused(`${new URLSearchParams({ state: own, error })}`, state, /did not sign you in \(an unknown error\)/);
  assert.deepEqual(hub.proofs, []);
});

test("a method that was taken out of the configuration in the meantime signs nobody in", async (t) => {
  const { site, hub, begin, finish } = await visiting(t);
  const { location, state } = await begin();
  const back = await site.visit(location, "anna");
  hub.configure("name: without providers");
  assert.equal((await rejection(finish(back, state))).code, "not-found");
});

test("attack: a page of a list that leads to another host does not get the token", async (t) => {
  const { site, lab, hub } = await visiting(t);
  hub.configure(
    `signIn: { github: { url: "${site.url}", apiUrl: "${site.apiUrl}", clientId: "${site.clientId}", clientSecret: { secret: github-secret }, allow: { organizations: [lab-1] } } }`,
  );
  for (let i = 0; i < 120; i += 1) site.directory.join("anna", `lab-${i}`);
  site.rest.base = lab.issuer;
  const error = await rejection(hub.signIn("github", (location) => site.visit(location, "anna")));
  assert.match(error.message, /its next page is at another host, which is not asked/);
  assert.deepEqual(lab.requests, []);
});
