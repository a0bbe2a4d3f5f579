/** One's own second factor, and the browsers in which one is signed in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret, TOTP } from "otpauth";
import {
  browserSessionsSchema,
  recoveryCodesSchema,
  secondFactorBegunSchema,
  secondFactorSchema,
} from "../../../contract/index.ts";
import { openHouse, PASSWORD } from "../../test-support/house.ts";

const A = "/hub/api/hublet/account";

function codeOf(secret: string, steps = 0): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 });
}

test("a second factor is begun with the password, confirmed with a code, and removed with both", async (t) => {
  const house = await openHouse(t);
  await house.signIn.setPassword("alice", PASSWORD);
  const alice = await house.browserOf("alice");
  const state = async () => secondFactorSchema.parse((await alice.call("GET", `${A}/second-factor`)).json());
  assert.deepEqual(await state(), { active: false, rule: "optional", recoveryCodesLeft: 0 });
  assert.equal((await alice.call("POST", `${A}/second-factor`, { password: "wrong" })).status, 403);
  const begun = secondFactorBegunSchema.parse(
    (await alice.call("POST", `${A}/second-factor`, { password: PASSWORD })).json(),
  );
  assert.match(begun.qr, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assert.match(begun.uri, /^otpauth:\/\/totp\//);
  assert.equal((await state()).active, false);
  assert.equal((await alice.call("PUT", `${A}/second-factor`, { code: "000000" })).status, 403);
  const confirmed = await alice.call("PUT", `${A}/second-factor`, { code: codeOf(begun.secret, -1) });
  const { recoveryCodes } = recoveryCodesSchema.parse(confirmed.json());
  assert.deepEqual(await state(), { active: true, rule: "optional", recoveryCodesLeft: recoveryCodes.length });
  const remove = (proof: object) => alice.call("DELETE", `${A}/second-factor`, proof);
  assert.equal((await remove({ password: PASSWORD, code: "000000" })).status, 403);
  assert.equal((await remove({ password: "wrong", code: codeOf(begun.secret) })).status, 403);
  assert.equal((await remove({ password: PASSWORD, code: codeOf(begun.secret) })).status, 204);
  assert.equal((await state()).active, false);
});

test("an admin takes the factor from somebody who lost the app, which signs that person out", async (t) => {
  const house = await openHouse(t);
  await house.signIn.setPassword("alice", PASSWORD);
  const alice = await house.browserOf("alice");
  const { secret } = (await alice.call("POST", `${A}/second-factor`, { password: PASSWORD })).json();
  await alice.call("PUT", `${A}/second-factor`, { code: codeOf(secret) });
  const admin = await house.browserOf("admin");
  const { items } = (await admin.call("GET", "/hub/api/hublet/people?search=alice")).json();
  assert.equal(items[0].secondFactor, true);
  assert.equal((await admin.call("DELETE", "/hub/api/hublet/people/alice/second-factor")).status, 204);
  assert.equal((await alice.call("GET", "/hub/api/user")).status, 403);
  assert.equal((await house.signIn.secondFactorOf("alice")).active, false);
  assert.equal((await admin.call("DELETE", "/hub/api/hublet/people/nobody/second-factor")).status, 404);
});

test("a token manages neither factor nor sign-ins: it must not be enough to take an account over", async (t) => {
  const house = await openHouse(t);
  await house.signIn.setPassword("alice", PASSWORD);
  const headers = await house.tokenOf("alice");
  for (const [method, path, body] of [
    ["GET", "second-factor", undefined],
    ["POST", "second-factor", { password: PASSWORD }],
    ["PUT", "second-factor", { code: "1" }],
    ["DELETE", "second-factor", { password: PASSWORD, code: "1" }],
    ["GET", "sessions", undefined],
    ["DELETE", "sessions/x", undefined],
  ] as const)
    assert.equal((await house.send(method, `${A}/${path}`, { headers, body })).status, 403, `${method} ${path}`);
});

test("the browsers in which one is signed in are listed, and ended one by one", async (t) => {
  const house = await openHouse(t);
  const here = await house.browserOf("alice");
  const there = await house.browserOf("alice");
  const bob = await house.browserOf("bob");
  const list = async () => browserSessionsSchema.parse((await here.call("GET", `${A}/sessions`)).json()).items;
  const before = await list();
  assert.deepEqual([before.length, before.filter(({ current }) => current).length], [2, 1]);
  assert.equal(before[0]?.address, "10.0.0.1");
  assert.ok(JSON.stringify(before).includes(here.cookies.get("jupyterhub-hub-login")?.split(".")[0] ?? "?") === false);
  const other = before.find(({ current }) => !current)?.id ?? "";
  assert.equal((await bob.call("DELETE", `${A}/sessions/${other}`)).status, 404);
  assert.equal((await there.call("GET", "/hub/api/user")).status, 200);
  assert.equal((await here.call("DELETE", `${A}/sessions/${other}`)).status, 204);
  assert.equal((await there.call("GET", "/hub/api/user")).status, 403);
  assert.equal((await here.call("GET", "/hub/api/user")).status, 200);
  assert.equal((await here.call("DELETE", `${A}/sessions/${other}`)).status, 404);
});
