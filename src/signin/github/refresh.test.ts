import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type GithubOptions, startGithub } from "../../../test/support/github.ts";
import { heldClock } from "../../../test/support/held-clock.ts";
import { dueOf, front } from "../provider/front.fixture.ts";

async function signedIn(t: TestContext, options: GithubOptions = {}) {
  const clock = heldClock(Date.now());
  const site = await startGithub({ now: clock.now, ...options });
  t.after(() => site.close());
  const hub = front(
    `
signIn:
  github:
    url: ${site.url}
    apiUrl: ${site.apiUrl}
    clientId: ${site.clientId}
    clientSecret: { secret: github-secret }
    allow: { organizations: [my-lab] }
`,
    clock,
  );
  site.directory.join("anna", "my-lab:admins");
  const as = (login: string) => hub.signIn("github", (location) => site.visit(location, login));
  return { site, hub, clock, as, proof: await as("anna") };
}

test("a team that somebody left is gone at the next look-up, a new login is seen", async (t) => {
  const { site, hub, proof } = await signedIn(t);
  site.directory.leave("anna", "my-lab:admins");
  site.directory.rename("anna", "anna-maria");
  const outcome = await hub.refresh();
  assert.equal(outcome?.kind, "proof");
  assert.deepEqual(outcome.proof.groups, ["my-lab"]);
  assert.equal(outcome.proof.login, "anna-maria");
  assert.equal(outcome.proof.subject, proof.subject);
  site.directory.leave("anna-maria", "my-lab");
  const left = await hub.refresh(outcome.proof);
  assert.deepEqual(left?.kind === "proof" && left.proof.groups, []);
});

test("a revoked app, a deleted account and a suspended one end the sign-in", async (t) => {
  const { site, hub, as } = await signedIn(t);
  site.oauth.revoke("anna");
  const revoked = await hub.refresh();
  assert.ok(revoked?.kind === "revoked");
  assert.match(revoked.why, /GitHub does not take the sign-in any more: it was revoked there/);
  const again = await as("anna");
  Object.assign(site.directory.person("anna"), { suspended: true });
  assert.equal((await hub.refresh(again))?.kind, "revoked");
  site.directory.remove("anna");
  assert.equal((await hub.refresh(again))?.kind, "revoked");
});

test("what another key or another address sealed is worth nothing", async (t) => {
  const { hub, site, proof } = await signedIn(t);
  const asked = site.requests.length;
  assert.equal((await hub.refresh({ ...proof, subject: "1" }))?.kind, "revoked");
  assert.equal((await hub.refresh({ ...proof, issuer: "https://github.com" }))?.kind, "unavailable");
  hub.clock.pass(3_600_000);
  assert.equal((await hub.refresh({ ...proof, credential: "s1.bm9uc2Vuc2U" }))?.kind, "revoked");
  assert.equal(site.requests.length, asked, "a token never leaves for an account it is not of");
});

test("a rate limit leaves what was known, and GitHub is not asked before it ends", async (t) => {
  const { site, hub, clock, proof } = await signedIn(t);
  site.rest.limits.set("anna", { kind: "primary", until: clock.now() + 30 * 60_000 });
  const limited = await hub.refresh(proof);
  assert.ok(limited?.kind === "unavailable");
  assert.equal(limited.whose, "person");
  assert.match(limited.why, /GitHub has had too many questions and answers again at 20/);
  const asked = site.requests.length;
  assert.equal(await hub.refresh(proof), undefined);
  assert.equal(site.requests.length, asked);
  // The limit is this person's: others are looked up.
  site.directory.join("ben", "my-lab");
  const ben = await hub.signIn("github", (location) => site.visit(location, "ben"));
  assert.equal((await hub.refresh(ben))?.kind, "proof");
  clock.pass(31 * 60_000);
  assert.equal((await hub.refresh(proof))?.kind, "proof");
});

test("a secondary rate limit is for everybody of GitHub, and so is an outage", async (t) => {
  const { site, hub, clock, proof } = await signedIn(t);
  site.directory.join("ben", "my-lab");
  const ben = await hub.signIn("github", (location) => site.visit(location, "ben"));
  site.rest.limits.set("*", { kind: "secondary", until: clock.now() + 120_000 });
  const paused = await hub.refresh(proof);
  assert.equal(paused?.kind === "unavailable" && paused.whose, "provider");
  const asked = site.requests.length;
  assert.equal(await hub.refresh(ben), undefined);
  // What held for long enough is told to be in trouble all the same, without a question.
  hub.due = [{ ...dueOf(ben, 7), overdue: true }];
  await hub.providers.refreshDue(AbortSignal.timeout(20_000));
  assert.deepEqual(hub.refreshed.at(-1), { id: 7, outcome: paused });
  assert.equal(site.requests.length, asked);
  clock.pass(121_000);
  site.rest.failWith = 503;
  const outage = await hub.refresh(ben);
  assert.equal(outage?.kind === "unavailable" && outage.whose, "provider");
  assert.equal(await hub.refresh(proof), undefined);
  site.rest.failWith = undefined;
  clock.pass(61_000);
  assert.equal((await hub.refresh(proof))?.kind, "proof");
});

test("expiring tokens are renewed, and a renewed one is kept even when GitHub then fails", async (t) => {
  const { site, hub, clock, proof } = await signedIn(t, { expiringTokens: 28_800 });
  clock.pass(9 * 3_600_000);
  const first = await hub.refresh(proof);
  assert.ok(first?.kind === "proof");
  assert.deepEqual(first.proof.groups, ["my-lab", "my-lab:admins"]);
  assert.notEqual(first.proof.credential, proof.credential);
  // The old refresh token is used up.
  assert.equal((await hub.refresh(proof))?.kind, "revoked");

  clock.pass(9 * 3_600_000);
  site.rest.failWith = 500;
  const failed = await hub.refresh(first.proof);
  assert.ok(failed?.kind === "unavailable");
  const { credential } = failed;
  assert.ok(credential !== undefined && credential !== first.proof.credential);
  site.rest.failWith = undefined;
  clock.pass(61_000);
  assert.equal((await hub.refresh({ ...first.proof, credential }))?.kind, "proof");
});

test("memberships that the token may not see are not taken for none", async (t) => {
  const { site, hub, proof } = await signedIn(t);
  for (const [token, one] of site.oauth.tokens) site.oauth.tokens.set(token, { ...one, scope: "" });
  const outcome = await hub.refresh(proof);
  assert.ok(outcome?.kind === "unavailable");
  assert.equal(outcome.whose, "person");
  assert.match(outcome.why, /does not let the hub see this: You need at least read:org/);
});

test("many people are looked up four at a time, in rounds that do not overlap", async (t) => {
  const { site, hub, proof } = await signedIn(t);
  hub.due = Array.from({ length: 40 }, (_, id) => dueOf(proof, id));
  const signal = AbortSignal.timeout(20_000);
  site.rest.mostAtOnce = 0;
  await Promise.all([hub.providers.refreshDue(signal), hub.providers.refreshDue(signal)]);
  assert.equal(hub.refreshed.length, 40);
  assert.ok(site.rest.mostAtOnce >= 2 && site.rest.mostAtOnce <= 4, String(site.rest.mostAtOnce));
});

test("an aborted round stops, stores nothing more and does not reject", async (t) => {
  const { site, hub, proof } = await signedIn(t);
  hub.due = Array.from({ length: 40 }, (_, id) => dueOf(proof, id));
  const abort = new AbortController();
  site.rest.onRequest = () => abort.abort();
  await hub.providers.refreshDue(abort.signal);
  assert.equal(hub.refreshed.length, 0);
  assert.ok(site.requests.length < 30);
});

test("people of a provider that is not configured any more are left as they are", async (t) => {
  const { hub, proof, site } = await signedIn(t);
  hub.configure("name: without GitHub");
  const asked = site.requests.length;
  assert.equal(await hub.refresh(proof), undefined);
  assert.equal(site.requests.length, asked);
});
