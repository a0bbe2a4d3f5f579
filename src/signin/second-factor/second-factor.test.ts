import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { appOf, entered, GOOD, HOME, rejection, signInHub, ticketOf } from "../../../test/support/sign-in.ts";
import { stepOf } from "./codes.ts";

const alice = { name: "alice", password: GOOD, address: HOME };

test("codes are those of RFC 6238, appendix B", () => {
  // “12345678901234567890” in base32; the RFC shows 8 digits, of which apps show the last 6.
  const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  for (const [seconds, code] of [
    [59, "287082"],
    [1111111109, "081804"],
    [1111111111, "050471"],
    [1234567890, "005924"],
    [2000000000, "279037"],
    [20000000000, "353130"],
  ] as const) {
    assert.equal(stepOf(secret, code, seconds * 1000), Math.floor(seconds / 30));
    // One step off either way still does, two do not.
    assert.equal(stepOf(secret, code, (seconds + 30) * 1000), Math.floor(seconds / 30));
    assert.equal(stepOf(secret, code, (seconds - 30) * 1000), Math.floor(seconds / 30));
    assert.equal(stepOf(secret, code, (seconds + 60) * 1000), undefined);
  }
});

forEachDatabase("the second factor", (open) => {
  test("is asked for after the password, once it is set up", async (t) => {
    const { signIn, member, clock } = await signInHub(t, open, { yaml: "name: Lab" });
    await member("alice");
    assert.deepEqual(await signIn.secondFactorOf("Alice"), { active: false, rule: "optional", recoveryCodesLeft: 0 });
    const { secret, uri } = await signIn.beginSecondFactor("alice", { password: GOOD, address: HOME });
    assert.match(secret, /^[A-Z2-7]{32}$/);
    assert.match(uri, /^otpauth:\/\/totp\/Lab:alice\?/);
    assert.ok(uri.includes(secret));
    // Until the first code nothing changes.
    await entered(signIn.withPassword(alice));
    const app = appOf(uri);
    const wrong = await rejection(signIn.confirmSecondFactor("alice", { code: "000000", address: HOME }));
    assert.match(wrong.message, /The code is wrong/);
    const recovery = await signIn.confirmSecondFactor("alice", { code: app(clock.now()), address: HOME });
    assert.equal(new Set(recovery).size, 10);
    assert.deepEqual(await signIn.secondFactorOf("alice"), { active: true, rule: "optional", recoveryCodesLeft: 10 });
    clock.pass(30_000);
    const ticket = await ticketOf(signIn.withPassword(alice));
    assert.equal(signIn.ticketName(ticket), "alice");
    const typed = `${app(clock.now()).slice(0, 3)} ${app(clock.now()).slice(3)} `;
    assert.equal((await signIn.withSecondFactor({ ticket, code: typed, address: HOME })).name, "alice");
  });

  test("takes codes of a clock that is half a minute off, and recovery codes", async (t) => {
    const { signIn, member, factor, clock } = await signInHub(t, open);
    await member("alice");
    const { code, recovery } = await factor("alice");
    clock.pass(60_000);
    for (const typed of [code(clock.now() - 30_000), code(clock.now() + 30_000), ` ${recovery[3]?.toUpperCase()}`]) {
      const ticket = await ticketOf(signIn.withPassword(alice));
      await signIn.withSecondFactor({ ticket, code: typed, address: HOME });
    }
    assert.equal((await signIn.secondFactorOf("alice")).recoveryCodesLeft, 9);
  });

  test("is required by the configuration: of admins, or of everyone, and set up at the next sign-in", async (t) => {
    const { signIn, member, people, clock, configure } = await signInHub(t, open, {
      yaml: "signIn: {secondFactor: admins}",
    });
    await member("alice");
    await member("root");
    await people.setAdmin("root", true);
    await entered(signIn.withPassword(alice));
    assert.equal((await signIn.secondFactorOf("root")).rule, "required");
    const root = { ...alice, name: "root" };
    const ticket = await ticketOf(signIn.withPassword(root), "set-up-second-factor");
    const { uri } = await signIn.beginSecondFactor("root", { ticket });
    const code = appOf(uri)(clock.now());
    const elsewhere = signIn.confirmSecondFactor("root", { code, ticket, address: "203.0.113.66" });
    assert.equal((await rejection(elsewhere)).code, "sign-in-refused");
    await signIn.confirmSecondFactor("root", { code, ticket, address: HOME });
    await ticketOf(signIn.withPassword(root));
    clock.pass(30_000);
    const removal = { password: GOOD, code: appOf(uri)(clock.now()), address: HOME };
    assert.equal((await rejection(signIn.removeSecondFactor("root", removal))).code, "forbidden");
    await configure("signIn: {secondFactor: everyone}");
    await ticketOf(signIn.withPassword(alice), "set-up-second-factor");
  });

  test("is not asked for while it is off, and is there again afterwards", async (t) => {
    const { signIn, member, factor, configure } = await signInHub(t, open);
    await member("alice");
    await factor("alice");
    await configure("signIn: {secondFactor: off}");
    await entered(signIn.withPassword(alice));
    assert.equal((await signIn.secondFactorOf("alice")).rule, "off");
    const begun = signIn.beginSecondFactor("alice", { password: GOOD, address: HOME });
    assert.equal((await rejection(begun)).code, "forbidden");
    await configure("");
    await ticketOf(signIn.withPassword(alice));
  });

  test("another app takes its place with its first code, and not before", async (t) => {
    const { signIn, member, factor, clock } = await signInHub(t, open);
    await member("alice");
    const old = await factor("alice");
    const { uri } = await signIn.beginSecondFactor("alice", { password: GOOD, address: HOME });
    const app = appOf(uri);
    const ticket = await ticketOf(signIn.withPassword(alice));
    await signIn.withSecondFactor({ ticket, code: old.code(), address: HOME });
    clock.pass(30_000);
    const recovery = await signIn.confirmSecondFactor("alice", { code: app(clock.now()), address: HOME });
    clock.pass(30_000);
    for (const code of [old.code(), old.recovery[0] ?? ""]) {
      assert.equal((await rejection(signIn.withSecondFactor({ ticket, code, address: HOME }))).code, "sign-in-refused");
    }
    await signIn.withSecondFactor({ ticket, code: app(clock.now()), address: HOME });
    await signIn.withSecondFactor({ ticket, code: recovery[9] ?? "", address: HOME });
  });

  test("a set-up waits an hour for its first code", async (t) => {
    const { signIn, member, clock } = await signInHub(t, open);
    await member("alice");
    const { uri } = await signIn.beginSecondFactor("alice", { password: GOOD, address: HOME });
    clock.pass(3_600_000);
    const late = signIn.confirmSecondFactor("alice", { code: appOf(uri)(clock.now()), address: HOME });
    assert.match((await rejection(late)).message, /Begin anew/);
  });

  test("is removed with password and code, and reset by an admin, who ends what is signed in", async (t) => {
    const { signIn, member, factor, browser, store } = await signInHub(t, open);
    const { id } = await member("alice");
    const { code, recovery } = await factor("alice");
    for (const [password, typed] of [
      ["wrong password", recovery[0]],
      [GOOD, "000000"],
    ] as const) {
      const refused = signIn.removeSecondFactor("alice", { password, code: typed ?? "", address: HOME });
      assert.equal((await rejection(refused)).code, "sign-in-refused");
    }
    await signIn.removeSecondFactor("alice", { password: GOOD, code: code(), address: HOME });
    await entered(signIn.withPassword(alice));

    await factor("alice");
    await browser(id, "laptop");
    const ticket = await ticketOf(signIn.withPassword(alice));
    await signIn.resetSecondFactor("ALICE");
    assert.deepEqual(await store.db.selectFrom("sessions").selectAll().execute(), []);
    assert.equal(
      (await rejection(signIn.withSecondFactor({ ticket, code: "000000", address: HOME }))).code,
      "sign-in-refused",
    );
    await entered(signIn.withPassword(alice));
    await signIn.resetSecondFactor("alice");
    assert.equal((await rejection(signIn.resetSecondFactor("nobody"))).code, "not-found");
  });

  test("stays through a new password and a restart", async (t) => {
    const { signIn, restarted, member, factor } = await signInHub(t, open);
    await member("alice");
    const { code } = await factor("alice");
    await signIn.setPassword("alice", "a new good one");
    const again = restarted();
    const ticket = await ticketOf(again.withPassword({ ...alice, password: "a new good one" }));
    await again.withSecondFactor({ ticket, code: code(), address: HOME });
  });
});
