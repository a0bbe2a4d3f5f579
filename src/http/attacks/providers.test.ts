/** Attacks on signing in by somebody else's word: providers, and proxies in front. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openGithubHouse } from "../test-support/github-house.ts";
import { openHouse } from "../test-support/house.ts";

test("callback replay: the same callback signs nobody in a second time, here or elsewhere", async (t) => {
  const { house, begin } = await openGithubHouse(t);
  const browser = await house.browserOf("");
  const back = await begin(browser, "octocat");
  const state = browser.cookies.get("oauthenticator-state") ?? "";
  assert.equal((await browser.open(back)).status, 302);
  const thief = await house.browserOf("");
  // Seen in a log or a history; and with the cookie stolen, too.
  assert.equal((await thief.open(back)).status, 403);
  thief.cookies.set("oauthenticator-state", state);
  assert.equal((await thief.open(back)).status, 403);
  assert.equal(thief.cookies.has("jupyterhub-hub-login"), false);
});

test("login CSRF: a victim's browser is not signed in by an attacker's callback", async (t) => {
  const { house, begin } = await openGithubHouse(t);
  const attacker = await house.browserOf("");
  const back = await begin(attacker, "octocat");
  const victim = await house.browserOf("alice");
  assert.equal((await victim.open(back)).status, 403);
  assert.equal((await victim.call("GET", "/hub/api/user")).json().name, "alice");
  // Also not when the victim is on the way to the provider itself.
  const waiting = await house.browserOf("");
  await waiting.open("/hub/oauth_login");
  assert.equal((await waiting.open(back)).status, 403);
  assert.equal(waiting.cookies.has("jupyterhub-hub-login"), false);
});

test("a tampered, foreign or doubled state signs nobody in", async (t) => {
  const { house, begin } = await openGithubHouse(t);
  for (const spoil of [
    (state: string) => `${state.slice(0, -4)}AAAA`,
    (state: string) => state.replace("s1.", "s2."),
    () => "s1.e30",
    () => "",
  ]) {
    const browser = await house.browserOf("");
    const back = await begin(browser, "octocat");
    browser.cookies.set("oauthenticator-state", spoil(browser.cookies.get("oauthenticator-state") ?? ""));
    assert.equal((await browser.open(back)).status, 403);
    assert.equal(browser.cookies.has("jupyterhub-hub-login"), false);
  }
  const browser = await house.browserOf("");
  const back = await begin(browser, "octocat");
  assert.equal((await browser.open(`${back}&state=x`)).status, 403);
});

test("open redirect after a provider and after a header: next is looked at when it comes and when it is used", async (t) => {
  const header = { user: "x-remote-user", from: ["10.9.0.1"], allow: { users: ["octocat"] } };
  const { house, signIn } = await openGithubHouse(t, { signIn: { header } });
  for (const next of [
    "https://evil/",
    "//evil",
    "/\\evil",
    "\\\\evil",
    "/\t/evil",
    "javascript:alert(1)",
    "/hub/..//evil",
  ]) {
    const query = `next=${encodeURIComponent(next)}`;
    const provider = await signIn(await house.browserOf(""), "octocat", `/hub/oauth_login?method=github&${query}`);
    const proxy = await house.send("GET", `/hub/header_login?${query}`, {
      headers: { "x-forwarded-for": "10.9.0.1", "x-remote-user": "octocat" },
    });
    for (const { status, location } of [provider, proxy]) {
      assert.equal(status, 302, next);
      assert.equal(new URL(location, "http://hub/").origin, "http://hub", next);
      assert.doesNotMatch(location, /^\/[\\/]|^[^/]/, next);
    }
    const chosen = await house.send("GET", `/hub/oauth_login?method=none&${query}`);
    assert.match(chosen.location, /^\/hub\/login\?/);
  }
});

test("open redirect by another Host: what was on this hub at the beginning is not believed at the end", async (t) => {
  const { house, begin } = await openGithubHouse(t);
  const browser = await house.browserOf("");
  // Full addresses of this very hub are fine; the browser comes back to another name of it.
  const headers = { host: "hub.example:1", "sec-fetch-mode": "navigate" };
  const begun = await browser.send(
    "GET",
    `/hub/oauth_login?next=${encodeURIComponent("http://hub.example:1/hub/token")}`,
    { headers },
  );
  assert.match(begun.location, /redirect_uri=http%3A%2F%2Fhub\.example%3A1%2Fhub%2Foauth_callback/);
  const back = await begin(
    browser,
    "octocat",
    `/hub/oauth_login?next=${encodeURIComponent("http://hub.example:1/hub/token")}`,
  );
  assert.equal((await browser.open(back)).location, "/hub/");
});

test("host header tricks: what is no host goes into no callback address, and a configured one always wins", async (t) => {
  const { house, settings } = await openGithubHouse(t);
  const callback = async (host: string) => {
    const answer = await house.send("GET", "/hub/oauth_login", {
      headers: { host, "x-forwarded-host": "evil.example" },
    });
    if (answer.status === 400) return ""; // refused by Node itself
    return new URL(answer.location).searchParams.get("redirect_uri");
  };
  for (const host of ["evil.example/path?", "a@evil.example", "evil.example#", "evil.example\\x", "[", "a b"])
    assert.match((await callback(host)) ?? "", /^$|^http:\/\/localhost\/hub\/oauth_callback$/, host);
  await house.configure({ publicUrl: "https://hub.example.org", signIn: { github: settings } });
  assert.equal(await callback("evil.example"), "https://hub.example.org/hub/oauth_callback");
});

test("session fixation: a session from before a provider's or a proxy's word is worth nothing after it", async (t) => {
  const header = { user: "x-remote-user", from: ["10.9.0.1"], allow: { users: ["dora"] } };
  const { house, signIn } = await openGithubHouse(t, { signIn: { header } });
  for (const way of ["provider", "header"]) {
    const { cookies } = await house.browserOf("bob");
    const planted = await house.browserOf("");
    for (const [name, value] of cookies) planted.cookies.set(name, value);
    if (way === "provider") await signIn(planted, "octocat");
    else
      await planted.send("GET", "/hub/header_login", {
        headers: { "x-forwarded-for": "10.9.0.1", "x-remote-user": "dora" },
      });
    assert.equal((await planted.call("GET", "/hub/api/user")).json().name, way === "provider" ? "octocat" : "dora");
    assert.notEqual(planted.cookies.get("jupyterhub-session-id"), cookies.get("jupyterhub-session-id"));
    assert.notEqual(planted.xsrf, cookies.get("_xsrf"));
    const attacker = await house.browserOf("");
    for (const [name, value] of cookies) attacker.cookies.set(name, value);
    assert.equal((await attacker.call("GET", "/hub/api/user")).status, 403);
  }
});

test("header spoofing: a visitor's own header, and one from an untrusted hop, sign nobody in", async (t) => {
  const header = {
    user: "X-Remote-User",
    groups: "X-Groups",
    from: ["10.9.0.1"],
    allow: { everyone: true },
    admins: { groups: ["wheel"] },
  };
  const house = await openHouse(t, {
    proxy: true,
    config: { trustedProxies: ["10.9.0.1", "10.6.6.6"], signIn: { header } },
  });
  const claims = { "x-remote-user": "admin", "x-groups": "wheel" };
  for (const forwarded of [
    "10.6.6.6",
    "10.9.0.1, 10.6.6.6",
    "10.9.0.1,10.9.0.1, 203.0.113.9",
    "10.9.0.1 , unknown",
    "unknown",
    "",
    "10.9.0.10",
    "10.9.0.1.",
    "10.9.0.1:80",
  ]) {
    const answer = await house.send("GET", "/hub/header_login", {
      headers: { ...claims, "x-forwarded-for": forwarded },
    });
    assert.deepEqual(
      [answer.status, answer.setCookies.some((line) => line.startsWith("jupyterhub-hub"))],
      [403, false],
      forwarded,
    );
  }
  // Other headers that proxies use say nothing here.
  for (const name of ["x-real-ip", "forwarded", "x-client-ip", "true-client-ip"])
    assert.equal(
      (
        await house.send("GET", "/hub/header_login", {
          headers: { ...claims, "x-forwarded-for": "10.6.6.6", [name]: "10.9.0.1" },
        })
      ).status,
      403,
    );
  // Straight to the private socket, by the servers' door, and through our own proxy.
  assert.equal((await house.send("GET", "/hub/header_login", { direct: true, headers: claims })).status, 403);
  assert.equal(
    (
      await house.send("GET", "/hub/header_login", {
        door: "servers",
        headers: { ...claims, "x-forwarded-for": "10.9.0.1" },
      })
    ).status,
    404,
  );
  const through = await fetch(`${house.proxy}/hub/header_login`, {
    redirect: "manual",
    headers: { ...claims, "x-forwarded-for": "10.9.0.1" },
  });
  assert.equal(through.status, 403);
});

test("header spoofing: of two headers of the same name none is believed", async (t) => {
  const header = { user: "X-Remote-User", groups: "X-Groups", from: ["10.9.0.1"], allow: { everyone: true } };
  const house = await openHouse(t, { config: { signIn: { header } } });
  const answer = await house.face.app.inject({ url: "/hub/login" });
  assert.equal(answer.statusCode, 404); // nobody said by which door: the distrusted one
  const twice = await house.send("GET", "/hub/header_login", {
    headers: { "x-forwarded-for": "10.9.0.1", "x-remote-user": ["admin", "dora"] as unknown as string },
  });
  assert.equal(twice.status, 403);
  assert.ok(house.log.some((line) => line.includes("x-remote-user") || line.includes("X-Remote-User")));
});

test("a look at a link begins no sign-in, and pages of providers cannot be framed", async (t) => {
  const { house } = await openGithubHouse(t, { signIn: { signUp: "approval" } });
  for (const path of ["/hub/oauth_login", "/hub/oauth_callback?code=x&state=x", "/hub/header_login"])
    assert.equal((await house.send("HEAD", path)).status, 404, path);
  for (const path of ["/hub/login", "/hub/signup", "/hub/oauth_callback?error=x", "/hub/auth/change-password"]) {
    const answer = await house.send("GET", path);
    assert.match(String(answer.headers["content-security-policy"]), /frame-ancestors 'none'/, path);
    assert.match(String(answer.headers["content-security-policy"]), /form-action 'self'/, path);
  }
});
