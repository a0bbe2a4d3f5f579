import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { entered, GOOD, HOME, signInHub, signInOn } from "../../../test/support/sign-in.ts";
import { openStore } from "../../store/index.ts";

const ELSEWHERE = "198.51.100.7";

forEachDatabase("attack: ten thousand guesses", (open, { locate }) => {
  test("from one address: five are looked at, and the person gets in elsewhere meanwhile", async (t) => {
    const { member, fail, signIn } = await signInHub(t, open);
    await member("alice");
    const start = performance.now();
    assert.deepEqual(await fail(10_000, { name: "alice", address: ELSEWHERE }), { refused: 5, held: 9995 });
    t.diagnostic(`10,000 guesses: ${Math.round(performance.now() - start)} ms`);
    assert.equal((await entered(signIn.withPassword({ name: "alice", password: GOOD, address: HOME }))).name, "alice");
  });

  test("from a hundred addresses: two each once the siege is seen, and the person gets in, at home and elsewhere", async (t) => {
    const { member, fail, signIn } = await signInHub(t, open);
    await member("alice");
    await entered(signIn.withPassword({ name: "alice", password: GOOD, address: HOME }));
    const outcomes = { refused: 0, held: 0 };
    for (let round = 0; round < 10; round += 1) {
      for (let i = 0; i < 100; i += 1) {
        const { refused, held } = await fail(10, { name: "alice", address: `10.0.0.${i}` });
        outcomes.refused += refused;
        outcomes.held += held;
      }
    }
    assert.equal(outcomes.refused + outcomes.held, 10_000);
    // Ten addresses have five guesses until 50 have failed; the others two.
    assert.equal(outcomes.refused, 50 + 90 * 2);
    for (const address of [HOME, "203.0.113.9"]) {
      assert.equal((await entered(signIn.withPassword({ name: "alice", password: GOOD, address }))).name, "alice");
    }
  });

  test("holds survive a restart: all that is left is the database, opened anew", async (t) => {
    const location = await locate(t);
    const first = await openStore(location);
    const before = await signInOn(first);
    await before.member("alice");
    await before.fail(6, { name: "alice", address: ELSEWHERE });
    for (let i = 0; i < 31; i += 1) await before.fail(1, { name: `guess${i}`, address: "198.51.100.8" });
    await first.close();
    const second = await openStore(location);
    t.after(() => second.close());
    const after = await signInOn(second);
    assert.deepEqual(await after.fail(1, { name: "alice", address: ELSEWHERE }), { refused: 0, held: 1 });
    assert.deepEqual(await after.fail(1, { name: "alice", address: "198.51.100.8" }), { refused: 0, held: 1 });
    assert.equal((await after.signIn.lockouts()).length, 2);
    await entered(after.signIn.withPassword({ name: "alice", password: GOOD, address: HOME }));
  });
});
