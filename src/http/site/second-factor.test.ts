/** The second step of signing in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret, TOTP, URI } from "otpauth";
import type { Browser } from "../test-support/browser.ts";
import { type House, openHouse, PASSWORD } from "../test-support/house.ts";

/** The code that an app shows now, or in so many steps of 30 s. */
function codeOf(secret: string, steps = 0): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 });
}

function field(page: string, name: string): string {
  const [, value = ""] = new RegExp(`name="${name}" value="([^"]*)"`).exec(page) ?? [];
  return value.replaceAll("&amp;", "&").replaceAll("&#39;", "'");
}

async function login(browser: Browser, query = ""): Promise<string> {
  await browser.open(`/hub/login${query}`);
  return (await browser.submit(`/hub/login${query}`, { username: "alice", password: PASSWORD })).text;
}

/** Alice with an app; returns its secret and the recovery codes. */
async function withFactor(house: House): Promise<{ secret: string; recovery: readonly string[] }> {
  await house.signIn.setPassword("alice", PASSWORD);
  const { secret } = await house.signIn.beginSecondFactor("alice", { password: PASSWORD, address: "10.0.0.1" });
  // The step before: so that the one of now is still unused.
  const recovery = await house.signIn.confirmSecondFactor("alice", { code: codeOf(secret, -1), address: "10.0.0.1" });
  return { secret, recovery };
}

test("after the password a code is asked for, and then the way goes on to next", async (t) => {
  const house = await openHouse(t);
  const { secret, recovery } = await withFactor(house);
  const browser = await house.browserOf("");
  const page = await login(browser, "?next=%2Fhub%2Ftoken");
  assert.match(page, /autocomplete="one-time-code"/);
  assert.equal(browser.cookies.has("jupyterhub-hub-login"), false);
  const action = "/hub/login/second-factor?next=%2Fhub%2Ftoken";
  assert.ok(page.includes(`action="${action}"`));
  const ticket = field(page, "ticket");
  const wrong = await browser.submit(action, { ticket, code: "000000" });
  assert.equal(wrong.status, 403);
  assert.match(wrong.text, /aria-describedby="problem"/);
  assert.equal(field(wrong.text, "ticket"), ticket);
  const right = await browser.submit(action, { ticket, code: codeOf(secret) });
  assert.deepEqual([right.status, right.location], [302, "/hub/token"]);
  assert.equal((await browser.call("GET", "/hub/api/user")).json().name, "alice");
  // A recovery code does as well, once.
  for (const status of [302, 403]) {
    const next = await house.browserOf("");
    const again = { ticket: field(await login(next), "ticket"), code: recovery[0] ?? "" };
    assert.equal((await next.submit("/hub/login/second-factor", again)).status, status);
  }
});

test("a required factor is set up between password and hub, with codes to keep", async (t) => {
  const house = await openHouse(t, { config: { signIn: { secondFactor: "everyone" } } });
  await house.signIn.setPassword("alice", PASSWORD);
  const browser = await house.browserOf("");
  const page = await login(browser, "?next=%2Fhub%2Ftoken");
  assert.match(page, /<svg class="page-qr"/);
  const action = "/hub/login/set-up-second-factor?next=%2Fhub%2Ftoken";
  const fields = { ticket: field(page, "ticket"), uri: field(page, "uri") };
  const secret = (URI.parse(fields.uri) as TOTP).secret.base32;
  assert.ok(page.includes(secret.match(/.{1,4}/g)?.join(" ") ?? "?"));
  const wrong = await browser.submit(action, { ...fields, code: "000000" });
  assert.equal(wrong.status, 403);
  assert.equal(field(wrong.text, "uri"), fields.uri, "a mistyped code needs no new secret");
  const done = await browser.submit(action, { ...fields, code: codeOf(secret) });
  assert.equal(done.status, 200);
  assert.equal(done.text.match(/<li><code>/g)?.length, 10);
  assert.match(done.text, /href="\/hub\/token"/);
  assert.equal((await browser.call("GET", "/hub/api/user")).json().name, "alice");
  assert.ok(house.log.every((line) => !line.includes(secret)));
});

test("a claim link asks for the second factor too", async (t) => {
  const house = await openHouse(t);
  const { secret } = await withFactor(house);
  const { code } = await house.signIn.issueClaim("alice");
  const browser = await house.browserOf("");
  await browser.open(`/hub/claim?code=${code}`);
  const page = await browser.submit("/hub/claim", { code, password: "another long password" });
  assert.equal(browser.cookies.has("jupyterhub-hub-login"), false);
  const ticket = field(page.text, "ticket");
  const done = await browser.submit("/hub/login/second-factor?next=%2Fhub%2Fhome", { ticket, code: codeOf(secret) });
  assert.equal(done.location, "/hub/home");
});

test("an old, forged or foreign ticket begins at the sign-in page again", async (t) => {
  const house = await openHouse(t);
  const { secret } = await withFactor(house);
  const browser = await house.browserOf("");
  const page = await login(browser);
  for (const step of ["second-factor", "set-up-second-factor"]) {
    assert.equal((await browser.open(`/hub/login/${step}`)).location, "/hub/login");
    for (const ticket of ["", "s1.x", `${field(page, "ticket")}x`]) {
      const answer = await browser.submit(`/hub/login/${step}`, {
        ticket,
        code: codeOf(secret),
        uri: "otpauth://totp/x",
      });
      assert.equal(answer.status, 403);
      assert.match(answer.text, /Sign in again/);
    }
  }
  // A new password ends what the old one proved.
  await house.signIn.setPassword("alice", "another long password");
  const late = await browser.submit("/hub/login/second-factor", {
    ticket: field(page, "ticket"),
    code: codeOf(secret),
  });
  assert.equal(late.status, 403);
  assert.equal(browser.cookies.has("jupyterhub-hub-login"), false);
});

test("bypass: the ticket that asks for a code does not open the page that sets an app up, nor the other way round", async (t) => {
  const house = await openHouse(t);
  await withFactor(house);
  const browser = await house.browserOf("");
  const ticket = field(await login(browser), "ticket");
  const mine = new Secret({ size: 20 }).base32;
  const uri = new TOTP({ secret: Secret.fromBase32(mine), label: "alice" }).toString();
  const answer = await browser.submit("/hub/login/set-up-second-factor", { ticket, uri, code: codeOf(mine) });
  assert.equal(answer.status, 403);
  assert.equal(browser.cookies.has("jupyterhub-hub-login"), false);
  await house.configure({ signIn: { secondFactor: "everyone" } });
  await house.signIn.setPassword("bob", PASSWORD);
  const other = await house.browserOf("");
  await other.open("/hub/login");
  const page = (await other.submit("/hub/login", { username: "bob", password: PASSWORD })).text;
  const skipped = await other.submit("/hub/login/second-factor", { ticket: field(page, "ticket"), code: "000000" });
  assert.equal(skipped.status, 403);
  assert.equal(other.cookies.has("jupyterhub-hub-login"), false);
});

test("bypass: name and password make no API token for whoever has a second factor", async (t) => {
  const house = await openHouse(t);
  await withFactor(house);
  const answer = await house.send("POST", "/hub/api/users/alice/tokens", {
    body: { auth: { username: "alice", password: PASSWORD } },
  });
  assert.equal(answer.status, 403);
  assert.equal(answer.json().token, undefined);
});

test("session fixation: the second step gives a new session too", async (t) => {
  const house = await openHouse(t);
  const { secret } = await withFactor(house);
  const { cookies } = await house.browserOf("bob");
  const planted = await house.browserOf("");
  for (const [name, value] of cookies) planted.cookies.set(name, value);
  const page = (await planted.submit("/hub/login", { username: "alice", password: PASSWORD })).text;
  await planted.submit("/hub/login/second-factor", { ticket: field(page, "ticket"), code: codeOf(secret) });
  assert.equal((await planted.call("GET", "/hub/api/user")).json().name, "alice");
  assert.notEqual(planted.cookies.get("jupyterhub-session-id"), cookies.get("jupyterhub-session-id"));
  const attacker = await house.browserOf("");
  for (const [name, value] of cookies) attacker.cookies.set(name, value);
  assert.equal((await attacker.call("GET", "/hub/api/user")).status, 403);
});

test("token replay: neither a used code nor a used ticket signs in again", async (t) => {
  const house = await openHouse(t);
  const { secret } = await withFactor(house);
  const browser = await house.browserOf("");
  const ticket = field(await login(browser), "ticket");
  const code = codeOf(secret);
  assert.equal((await browser.submit("/hub/login/second-factor", { ticket, code })).status, 302);
  const thief = await house.browserOf("");
  await thief.open("/hub/login");
  assert.equal((await thief.submit("/hub/login/second-factor", { ticket, code })).status, 403);
});

test("open redirect after the second step", async (t) => {
  const house = await openHouse(t);
  const { recovery } = await withFactor(house);
  for (const [index, next] of ["https://evil/", "//evil", "/\t/evil", "javascript:alert(1)"].entries()) {
    const browser = await house.browserOf("");
    const page = await login(browser, `?next=${encodeURIComponent(next)}`);
    assert.doesNotMatch(/action="([^"]*)"/.exec(page)?.[1] ?? "", /evil|javascript/);
    const fields = { ticket: field(page, "ticket"), code: recovery[index] ?? "" };
    const done = await browser.submit(`/hub/login/second-factor?next=${encodeURIComponent(next)}`, fields);
    assert.deepEqual([done.status, done.location], [302, "/hub/"]);
  }
});
