/** Checklist 126–135 of the protocol (9.10), as far as servers are the only clients: OAuth over HTTP. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type House, openHouse } from "../test-support/house.ts";

const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/** A running server of alice's; returns its client secret. */
async function clientOf(house: House): Promise<string> {
  const headers = await house.tokenOf("alice");
  assert.equal((await house.send("POST", "/hub/api/users/alice/server", { headers })).status, 201);
  return JSON.parse(await (await fetch(`${house.proxy}/user/alice/x`)).text()).token;
}

function authorize(more: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams({
    client_id: "jupyterhub-user-alice",
    redirect_uri: "/user/alice/oauth_callback",
    response_type: "code",
    state: "s 1",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    ...more,
  });
  for (const [name, value] of Object.entries(more)) if (value === "-") query.delete(name);
  return `/hub/api/oauth2/authorize?${query}`;
}

function exchangeOf(house: House, secret: string, code: string) {
  return (more: Readonly<Record<string, string>> = {}) => {
    const body = new URLSearchParams({
      client_id: "jupyterhub-user-alice",
      client_secret: secret,
      grant_type: "authorization_code",
      code,
      redirect_uri: "/user/alice/oauth_callback",
      code_verifier: VERIFIER,
      ...more,
    });
    for (const [name, value] of Object.entries(more)) if (value === "-") body.delete(name);
    return house.send("POST", "/hub/api/oauth2/token", { body, door: "servers" });
  };
}

test("2.5: the owner's way in: a code at once, a token for it, and who it is", async (t) => {
  const house = await openHouse(t, { proxy: true });
  const secret = await clientOf(house);
  const nobody = await house.browserOf("");
  const asked = await nobody.open(authorize());
  assert.equal(asked.location, `/hub/login?next=${encodeURIComponent(authorize())}`);

  const alice = await house.browserOf("alice");
  const back = await alice.open(authorize());
  assert.equal(back.status, 302);
  const target = new URL(back.location, "http://hub");
  assert.equal(target.pathname, "/user/alice/oauth_callback");
  assert.equal(target.searchParams.get("state"), "s 1");
  const exchange = exchangeOf(house, secret, target.searchParams.get("code") ?? "");

  // 131, 132: whatever is wrong has its own answer, and burns nothing.
  const wrong = await exchange({ client_secret: "x" });
  assert.deepEqual([wrong.status, wrong.json()], [401, { error: "invalid_client" }]);
  assert.match(String(wrong.headers["www-authenticate"]), /^Bearer/);
  for (const [fields, error] of [
    [{ code: "nosuch" }, "invalid_grant"],
    [{ code_verifier: "x".repeat(43) }, "invalid_grant"],
    [{ code_verifier: "-" }, "invalid_request"],
    [{ redirect_uri: "/user/bob/oauth_callback" }, "invalid_request"],
    [{ grant_type: "password" }, "unsupported_grant_type"],
  ] as const) {
    const answer = await exchange(fields);
    assert.deepEqual([answer.status, answer.json().error], [400, error]);
  }
  const given = await exchange();
  assert.equal(given.status, 200);
  assert.equal(given.headers["cache-control"], "no-store");
  assert.equal(given.headers.pragma, "no-cache");
  const { access_token, ...rest } = given.json();
  assert.deepEqual([rest.token_type, rest.expires_in], ["Bearer", 14 * 86400]);
  assert.equal((await exchange()).json().error, "invalid_grant");

  // 133: the token is alice's, of this browser, and expires.
  const headers = { authorization: `token ${access_token}` };
  const model = (await house.send("GET", "/hub/api/user", { door: "servers", headers })).json();
  assert.equal(model.name, "alice");
  assert.equal(model.session_id, alice.cookies.get("jupyterhub-session-id"));
  assert.deepEqual(model.scopes, [
    "access:servers!server=alice/",
    "read:users:groups!user=alice",
    "read:users:name!user=alice",
  ]);
  const { api_tokens } = (await alice.call("GET", "/hub/api/users/alice/tokens")).json();
  const listed = api_tokens.find((token: { id: string }) => token.id === model.token_id);
  assert.equal(listed.oauth_client, "Server at /user/alice/");
  assert.ok(Math.abs(Date.parse(listed.expires_at) - Date.parse(listed.created) - 14 * 86400_000) < 5000);

  // 100: signing out takes it away.
  await alice.open("/hub/logout");
  assert.equal((await house.send("GET", "/hub/api/user", { headers })).status, 403);
});

test("126: an unknown client and a foreign redirect URI are 400 pages, never redirects", async (t) => {
  const house = await openHouse(t, { proxy: true });
  await clientOf(house);
  const alice = await house.browserOf("alice");
  for (const more of [
    { client_id: "x" },
    { redirect_uri: "https://evil.example/" },
    { redirect_uri: "/user/bob/oauth_callback" },
  ]) {
    const answer = await alice.open(authorize(more));
    assert.equal(answer.status, 400);
    assert.equal(answer.location, "");
    assert.match(String(answer.headers["content-type"]), /^text\/html/);
  }
});

test("127: other mistakes go back to the client with its state", async (t) => {
  const house = await openHouse(t, { proxy: true });
  await clientOf(house);
  const alice = await house.browserOf("alice");
  for (const [more, error] of [
    [{ response_type: "-" }, "invalid_request"],
    [{ response_type: "token" }, "unsupported_response_type"],
    [{ scope: "nosuch" }, "invalid_scope"],
    [{ scope: "admin:users" }, "invalid_scope"],
    [{ scope: "" }, "invalid_scope"],
  ] as const) {
    const { searchParams, pathname } = new URL((await alice.open(authorize(more))).location, "http://hub");
    assert.equal(pathname, "/user/alice/oauth_callback");
    assert.equal(searchParams.get("error"), error);
    assert.equal(searchParams.get("state"), "s 1");
  }
});

test("128: whoever may not use a server gets a 403 page", async (t) => {
  const house = await openHouse(t, { proxy: true });
  await clientOf(house);
  const bob = await house.browserOf("bob");
  const answer = await bob.open(authorize());
  assert.equal(answer.status, 403);
  assert.match(String(answer.headers["content-type"]), /^text\/html/);
});

test("129: an admin who visits is asked, by a form with one field for each scope that needs _xsrf", async (t) => {
  const house = await openHouse(t, { proxy: true });
  const secret = await clientOf(house);
  const admin = await house.browserOf("admin");
  const page = await admin.open(authorize());
  assert.equal(page.status, 200);
  assert.match(String(page.headers["content-security-policy"]), /form-action 'self'/);
  const scopes = [...page.text.matchAll(/name="scopes" value="([^"]+)"/g)].map(([, scope = ""]) => scope);
  assert.ok(scopes.includes("access:servers!server=alice/"));
  assert.ok(page.text.includes(`name="_xsrf" value="${admin.xsrf}"`));
  const action = /<form method="post" action="([^"]+)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
  assert.equal(action, authorize());

  const fields = scopes.map((scope) => ["scopes", scope] as [string, string]);
  const bare = await admin.send("POST", action, { body: new URLSearchParams(fields) });
  assert.equal(bare.status, 403);
  const granted = await admin.send("POST", action, { body: new URLSearchParams([...fields, ["_xsrf", admin.xsrf]]) });
  assert.equal(granted.status, 302);
  const target = new URL(granted.location, "http://hub");
  assert.equal(target.searchParams.get("state"), "s 1");
  const token = (await exchangeOf(house, secret, target.searchParams.get("code") ?? "")()).json().access_token;
  const model = (await house.send("GET", "/hub/api/user", { headers: { authorization: `token ${token}` } })).json();
  assert.equal(model.name, "admin");
  // Asked once.
  assert.equal((await admin.open(authorize())).status, 302);
});

test("the page for people is not to be had over the servers' door", async (t) => {
  const house = await openHouse(t);
  assert.equal((await house.send("GET", authorize(), { door: "servers" })).status, 404);
});
