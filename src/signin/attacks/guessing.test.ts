import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { entered, GOOD, HOME, rejection, signInHub } from "../../../test/support/sign-in.ts";
import { randomCode } from "../../kernel/index.ts";

forEachDatabase("attack: guessing", (open) => {
  test("passwords, hundreds at the same moment: five are looked at", async (t) => {
    const { signIn, member } = await signInHub(t, open);
    await member("alice");
    const attempts = Array.from({ length: 300 }, (_, i) =>
      rejection(signIn.withPassword({ name: "alice", password: `guess number ${i}`, address: HOME })),
    );
    const codes = (await Promise.all(attempts)).map((error) => error.code);
    assert.equal(codes.filter((code) => code === "sign-in-refused").length, 5);
    assert.equal(codes.filter((code) => code === "too-many-attempts").length, 295);
  });

  test("passwords in capital letters and look-alike spellings of one name: still one person", async (t) => {
    const { member, fail } = await signInHub(t, open);
    await member("alice");
    const spellings = ["alice", "ALICE", "Alice", "aLICE", "ａｌｉｃｅ"];
    for (const name of spellings) assert.deepEqual(await fail(1, { name, address: HOME }), { refused: 1, held: 0 });
    for (const name of spellings) assert.deepEqual(await fail(1, { name, address: HOME }), { refused: 0, held: 1 });
  });

  test("one password for many people from one address", async (t) => {
    const { fail, clock } = await signInHub(t, open);
    const outcomes = { refused: 0, held: 0 };
    for (let i = 0; i < 60; i += 1) {
      const outcome = await fail(1, { name: `person${i}`, address: HOME });
      outcomes.refused += outcome.refused;
      outcomes.held += outcome.held;
    }
    assert.deepEqual(outcomes, { refused: 30, held: 30 });
    clock.pass(10_000);
    assert.deepEqual(await fail(2, { name: "person99", address: HOME }), { refused: 1, held: 1 });
  });

  test("from all addresses of an IPv6 network: one client", async (t) => {
    const { member, fail } = await signInHub(t, open);
    await member("alice");
    let refused = 0;
    for (let i = 0; i < 20; i += 1) refused += (await fail(1, { name: "alice", address: `2001:db8::${i}` })).refused;
    assert.equal(refused, 5);
  });

  test("with an account of one's own in between: that success clears nothing but itself", async (t) => {
    const { signIn, member, fail } = await signInHub(t, open);
    await member("alice");
    await member("mallory");
    let refused = 0;
    for (let i = 0; i < 12; i += 1) {
      refused += (await fail(1, { name: "alice", address: HOME })).refused;
      await signIn.withPassword({ name: "mallory", password: GOOD, address: HOME });
    }
    assert.equal(refused, 5);
  });

  test("with the right password during the hold: not even that is told", async (t) => {
    const { signIn, member, fail } = await signInHub(t, open);
    await member("alice");
    await fail(5, { name: "alice", address: HOME });
    const right = await rejection(signIn.withPassword({ name: "alice", password: GOOD, address: HOME }));
    const wrong = await rejection(signIn.withPassword({ name: "alice", password: "wrong", address: HOME }));
    assert.deepEqual([right.code, right.message], [wrong.code, wrong.message]);
  });

  test("claim codes: held off after some, and near misses are misses", async (t) => {
    const { signIn, people } = await signInHub(t, open);
    await people.add(["alice"]);
    const { code } = await signIn.issueClaim("alice");
    const nearMisses = ["", code.slice(0, -1), `${code}a`, code.slice(1), "%", code.replace(/.$/, "_")];
    const outcomes = { wrong: 0, held: 0 };
    for (let i = 0; i < 40; i += 1) {
      const guess = nearMisses[i] ?? randomCode(5, 4);
      const error = await rejection(signIn.claim({ code: guess, password: GOOD, address: HOME }));
      outcomes[error.code === "claim-invalid" ? "wrong" : "held"] += 1;
      assert.equal(await signIn.inspectClaim(guess), undefined);
    }
    assert.deepEqual(outcomes, { wrong: 30, held: 10 });
    // The owner, elsewhere, is not touched by it.
    assert.equal((await entered(signIn.claim({ code, password: GOOD, address: "203.0.113.5" }))).name, "alice");
  });

  test("the flood of sign-ins from many addresses is turned away before it takes the machine", async (t) => {
    const { signIn, store } = await signInHub(t, open);
    const flood = Array.from({ length: 150 }, (_, i) =>
      rejection(
        signIn.withPassword({ name: `nobody${i}`, password: "some password", address: `10.0.${i >> 8}.${i & 255}` }),
      ),
    );
    const errors = await Promise.all(flood);
    const busy = errors.filter((error) => error.code === "too-many-attempts");
    const refused = errors.filter((error) => error.code === "sign-in-refused");
    assert.equal(busy.length + refused.length, 150);
    assert.ok(refused.length >= 66, `${refused.length} were looked at`);
    for (const error of busy) assert.equal(typeof error.facts?.retryAfter, "number");
    // What was turned away does not count as a failure of those people.
    const { count } = await store.db
      .selectFrom("attempts")
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .where("key", "like", "pair:%")
      .where("failures", ">", 0)
      .executeTakeFirstOrThrow();
    assert.equal(count, refused.length);
  });
});
