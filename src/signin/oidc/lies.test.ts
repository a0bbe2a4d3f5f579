import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type LyingOidc, startLyingOidc } from "../../../test/support/lying-oidc.ts";
import { rejection } from "../../../test/support/sign-in.ts";
import { front } from "../provider/front.fixture.ts";

async function liar(t: TestContext) {
  const server = await startLyingOidc("hublet");
  t.after(() => server.close());
  const hub = front(
    `signIn: { oidc: { lab: { issuer: "${server.issuer}", clientId: hublet, allow: { everyone: true } } } }`,
  );
  return { server, hub, signIn: () => hub.signIn("oidc:lab", (location) => server.visit(location)) };
}

test("without a lie it works", async (t) => {
  const { signIn } = await liar(t);
  assert.equal((await signIn()).subject, "u1");
});

const now = Math.floor(Date.now() / 1000);
const LIES: readonly (readonly [string, (server: LyingOidc) => void, RegExp])[] = [
  ["an ID token of another sign-in (nonce)", (s) => Object.assign(s.lies, { nonce: "another" }), /nonce/],
  ["an ID token without a nonce", (s) => Object.assign(s.lies, { nonce: undefined }), /nonce/],
  ["an ID token for another client (audience)", (s) => Object.assign(s.lies, { aud: "another-app" }), /aud/],
  ["an ID token of another issuer", (s) => Object.assign(s.lies, { iss: "https://evil.example.org" }), /iss/],
  ["an ID token that has ended", (s) => Object.assign(s.lies, { iat: now - 7200, exp: now - 3600 }), /timestamp|exp/],
  ["an ID token without an end", (s) => Object.assign(s.lies, { exp: undefined }), /exp/],
  ["an ID token from the future", (s) => Object.assign(s.lies, { nbf: now + 3600 }), /timestamp|nbf/],
  ["an ID token without a subject", (s) => Object.assign(s.lies, { sub: undefined }), /sub/],
  ["an ID token that somebody else signed", (s) => Object.assign(s, { foreignKey: true }), /signature/],
  ["an ID token that nobody signed", (s) => Object.assign(s, { unsigned: true }), /alg/],
  [
    "userinfo of somebody else (token substitution)",
    (s) => Object.assign(s, { userinfo: { sub: "u2", email: "x@example.org" } }),
    /sub/,
  ],
];
for (const [what, lie, why] of LIES) {
  test(`attack: ${what} is not believed`, async (t) => {
    const { server, hub, signIn } = await liar(t);
    lie(server);
    const error = await rejection(signIn());
    assert.equal(error.code, "sign-in-refused");
    assert.match(error.message, /cannot be believed, so nobody is signed in/);
    assert.match(error.detail ?? "", why);
    assert.equal(hub.proofs.length, 0);
    assert.ok(!hub.log.join("\n").includes("an-access-token"));
  });
}

test("attack: a token endpoint that sends secrets on to another host is not followed", async (t) => {
  const { server, signIn } = await liar(t);
  const other = await startLyingOidc("hublet");
  t.after(() => other.close());
  server.redirectTokens = `${other.issuer}/token`;
  assert.equal((await rejection(signIn())).code, "provider-unreachable");
  assert.deepEqual(other.requests, []);
});

test("a token endpoint that hangs up is said to be unreachable", async (t) => {
  const { server, signIn } = await liar(t);
  server.silent = true;
  assert.equal((await rejection(signIn())).code, "provider-unreachable");
});

test("clocks that differ by half a minute do not matter", async (t) => {
  const { server, signIn } = await liar(t);
  Object.assign(server.lies, { iat: now + 30, exp: now + 330, nbf: now + 30 });
  assert.equal((await signIn()).login, "anna");
});
