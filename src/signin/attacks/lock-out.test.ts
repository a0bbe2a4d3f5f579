import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { entered, GOOD, HOME, rejection, signInHub } from "../../../test/support/sign-in.ts";

const ELSEWHERE = "203.0.113.66";

forEachDatabase("attack: locking out the right person", (open) => {
  test("an attacker elsewhere does not keep the person out at home, nor at an address never seen before", async (t) => {
    const { signIn, member, fail } = await signInHub(t, open);
    await member("alice");
    await signIn.withPassword({ name: "alice", password: GOOD, address: HOME });
    assert.deepEqual(await fail(20, { name: "alice", address: ELSEWHERE }), { refused: 5, held: 15 });
    for (const address of [HOME, "192.0.2.200"]) {
      assert.equal((await entered(signIn.withPassword({ name: "alice", password: GOOD, address }))).name, "alice");
    }
  });

  test("a siege from hundreds of addresses neither: strangers get fewer tries, the person gets in", async (t) => {
    const { signIn, member, fail, clock } = await signInHub(t, open);
    await member("alice");
    await signIn.withPassword({ name: "alice", password: GOOD, address: HOME });
    for (let i = 0; i < 50; i += 1) await fail(1, { name: "alice", address: `10.0.0.${i}` });
    assert.deepEqual(await fail(4, { name: "alice", address: "10.0.1.1" }), { refused: 2, held: 2 });
    // At home mistypes are forgiven as ever; elsewhere the first try with the right password succeeds.
    assert.deepEqual(await fail(4, { name: "alice", address: HOME }), { refused: 4, held: 0 });
    for (const address of [HOME, "192.0.2.200"]) {
      assert.equal((await entered(signIn.withPassword({ name: "alice", password: GOOD, address }))).name, "alice");
    }
    // The siege is over an hour after its last failure.
    clock.pass(3_600_001);
    assert.deepEqual(await fail(6, { name: "alice", address: "10.0.1.2" }), { refused: 5, held: 1 });
  });

  test("a guest of the same network shuts out neither those who have signed in from there, nor claims elsewhere", async (t) => {
    const { signIn, member, fail } = await signInHub(t, open);
    await member("alice");
    await signIn.withPassword({ name: "alice", password: GOOD, address: HOME });
    for (let i = 0; i < 31; i += 1) await fail(1, { name: `guess${i}`, address: HOME });
    assert.deepEqual(await fail(1, { name: "newcomer", address: HOME }), { refused: 0, held: 1 });
    assert.equal((await entered(signIn.withPassword({ name: "alice", password: GOOD, address: HOME }))).name, "alice");
  });

  test("a hold ends: who waits as told gets in", async (t) => {
    const { signIn, member, fail, clock } = await signInHub(t, open);
    await member("alice");
    await fail(5, { name: "alice", address: HOME });
    const held = await rejection(signIn.withPassword({ name: "alice", password: GOOD, address: HOME }));
    clock.pass(Number(held.facts?.retryAfter) * 1000);
    assert.equal((await entered(signIn.withPassword({ name: "alice", password: GOOD, address: HOME }))).name, "alice");
  });
});
