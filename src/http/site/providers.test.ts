/** Signing in by GitHub, and by a proxy in front. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openGithubHouse } from "../test-support/github-house.ts";
import { openHouse } from "../test-support/house.ts";

test("from the button to GitHub and back, with next kept and the state taken away", async (t) => {
  const { house, github } = await openGithubHouse(t);
  const browser = await house.browserOf("");
  const page = await browser.open("/hub/login?next=%2Fhub%2Ftoken");
  const [, button = ""] = /href="([^"]*)"[^>]*>Sign in with GitHub</.exec(page.text) ?? [];
  assert.equal(button.replaceAll("&amp;", "&"), "/hub/oauth_login?method=github&next=%2Fhub%2Ftoken");
  const begun = await browser.open(button.replaceAll("&amp;", "&"));
  assert.equal(begun.status, 302);
  const away = new URL(begun.location);
  assert.equal(away.origin, github.url);
  assert.match(away.searchParams.get("redirect_uri") ?? "", /\/hub\/oauth_callback$/);
  const cookie = begun.setCookies.find((line) => line.startsWith("oauthenticator-state=")) ?? "";
  assert.match(cookie, /; Path=\/hub\/; Max-Age=600; HttpOnly; SameSite=Lax$/);
  const back = await github.visit(begun.location, "octocat");
  const done = await browser.open(`${back.pathname}${back.search}`);
  assert.deepEqual([done.status, done.location], [302, "/hub/token"]);
  assert.equal(browser.cookies.has("oauthenticator-state"), false);
  assert.equal((await browser.call("GET", "/hub/api/user")).json().name, "octocat");
  assert.ok(house.log.some((line) => line.includes('"by":"provider"')));
});

test("with one provider oauth_login needs no method; with more of them the person chooses", async (t) => {
  const { house, settings } = await openGithubHouse(t);
  const browser = await house.browserOf("");
  assert.match((await browser.open("/hub/oauth_login")).location, /\/login\/oauth\/authorize/);
  assert.equal(
    (await browser.open("/hub/oauth_login?method=oidc%3Anosuch")).location,
    "/hub/login?method=oidc%3Anosuch",
  );
  const uni = { issuer: "https://id.example.org", clientId: "hub" };
  await house.configure({ signIn: { github: settings, oidc: { uni } } });
  assert.equal((await browser.open("/hub/oauth_login?next=%2Fhub%2Ftoken")).location, "/hub/login?next=%2Fhub%2Ftoken");
  const page = (await browser.open("/hub/login")).text;
  assert.match(page, /method=github"[^>]*>Sign in with GitHub</);
  assert.match(page, /method=oidc%3Auni"/);
  assert.equal((await browser.send("HEAD", "/hub/oauth_login")).status, 404);
  assert.equal((await browser.send("HEAD", "/hub/oauth_callback")).status, 404);
});

test("one way alone still shows its page, so that signing out is not signing in again", async (t) => {
  const { house } = await openGithubHouse(t, { signIn: { passwords: false } });
  const browser = await house.browserOf("");
  const page = await browser.open("/hub/login");
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.text, /<form/);
  await browser.open("/hub/logout");
  assert.equal((await browser.open("/hub/login")).status, 200);
});

test("who is not let in reads why, and admins read more in the log", async (t) => {
  const { house, signIn } = await openGithubHouse(t);
  const browser = await house.browserOf("");
  const refused = await signIn(browser, "stranger");
  assert.equal(refused.status, 403);
  assert.match(refused.text, /role="alert"/);
  assert.match(refused.text, /Sign in with GitHub/);
  assert.equal(browser.cookies.has("jupyterhub-hub-login"), false);
  assert.ok(house.log.some((line) => line.includes('"code":"sign-in-refused"') && line.includes('"detail"')));
});

test("a person who says no at GitHub comes back to the sign-in page", async (t) => {
  const { house, github, signIn } = await openGithubHouse(t);
  github.oauth.denyNext = true;
  const browser = await house.browserOf("");
  const refused = await signIn(browser, "octocat");
  assert.equal(refused.status, 403);
  assert.match(refused.text, /role="alert"/);
});

test("a provider that does not answer is said on the sign-in page, where the other ways still are", async (t) => {
  const oidc = { uni: { title: "Uni", issuer: "http://127.0.0.1:9/", clientId: "hub" } };
  const house = await openHouse(t, { config: { signIn: { oidc } } });
  const browser = await house.browserOf("");
  const page = await browser.open("/hub/oauth_login?method=oidc%3Auni");
  assert.equal(page.status, 502);
  assert.match(page.text, /role="alert"/);
  assert.match(page.text, /<form method="post"/);
});

test("a very long next is dropped, since a cookie too large would be dropped by the browser", async (t) => {
  const { house, begin } = await openGithubHouse(t);
  const browser = await house.browserOf("");
  const next = `/hub/${"x".repeat(5000)}`;
  const back = await begin(browser, "octocat", `/hub/oauth_login?next=${encodeURIComponent(next)}`);
  assert.ok((browser.cookies.get("oauthenticator-state") ?? "").length < 3900);
  assert.equal((await browser.open(back)).location, "/hub/");
});

test("the callback's address is the public one when that is configured", async (t) => {
  const { house, settings } = await openGithubHouse(t);
  await house.configure({ publicUrl: "https://hub.example.org", signIn: { github: settings } });
  const browser = await house.browserOf("");
  const { location, setCookies } = await browser.open("/hub/oauth_login");
  assert.equal(new URL(location).searchParams.get("redirect_uri"), "https://hub.example.org/hub/oauth_callback");
  assert.ok(setCookies.every((line) => line.includes("; Secure")));
});

const BEHIND = {
  user: "X-Remote-User",
  groups: "X-Groups",
  from: ["10.9.0.0/16"],
  allow: { users: ["dora"], groups: ["staff"] },
};

test("a proxy in front says who somebody is: by the button, with groups, and with next", async (t) => {
  const house = await openHouse(t, { config: { signIn: { header: BEHIND, passwords: false } } });
  const headers = { "x-forwarded-for": "203.0.113.7, 10.9.0.1", "x-remote-user": "Dora" };
  const page = await house.send("GET", "/hub/login?next=%2Fhub%2Ftoken", { headers });
  assert.match(page.text, /href="\/hub\/header_login\?next=%2Fhub%2Ftoken"[^>]*>Sign in with Single sign-on</);
  const browser = await house.browserOf("");
  const done = await browser.send("GET", "/hub/header_login?next=%2Fhub%2Ftoken", { headers });
  assert.deepEqual([done.status, done.location], [302, "/hub/token"]);
  assert.equal((await browser.call("GET", "/hub/api/user")).json().name, "dora");
  const emil = await house.send("GET", "/hub/header_login", {
    headers: { ...headers, "x-remote-user": "emil", "x-groups": "guests,staff" },
  });
  assert.equal(emil.status, 302);
  const stranger = await house.send("GET", "/hub/header_login", { headers: { ...headers, "x-remote-user": "frida" } });
  assert.equal(stranger.status, 403);
  assert.match(stranger.text, /role="alert"/);
  assert.equal(
    (await house.send("GET", "/hub/header_login", { headers: { "x-forwarded-for": "10.9.0.1" } })).status,
    403,
  );
});

test("without the method there is no way in by a header", async (t) => {
  const house = await openHouse(t);
  const headers = { "x-forwarded-for": "10.9.0.1", "x-remote-user": "alice" };
  assert.equal((await house.send("GET", "/hub/header_login", { headers })).status, 404);
});
