import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../test/support/databases.ts";
import { entered, GOOD, HOME, rejection, signInHub } from "../../test/support/sign-in.ts";

forEachDatabase("lock-outs", (open) => {
  test("are listed while they hold, with names, addresses and ends", async (t) => {
    const { signIn, fail, clock } = await signInHub(t, open);
    assert.deepEqual(await signIn.lockouts(), []);
    await fail(5, { name: "a|b", address: HOME });
    await fail(5, { name: "alice", address: "2001:db8::1" });
    const until = new Date(clock.now() + 10_000).toISOString();
    const listed = await signIn.lockouts();
    const of = (name: string) => listed.find((one) => one.name === name);
    const network = "2001:db8:0:0::/64";
    assert.deepEqual(of("alice"), {
      key: `pair:alice|${network}`,
      name: "alice",
      address: network,
      failures: 5,
      until,
    });
    assert.deepEqual(of("a|b"), { key: `pair:a|b|${HOME}`, name: "a|b", address: HOME, failures: 5, until });
    assert.equal(listed.length, 2);
    clock.pass(10_000);
    assert.deepEqual(await signIn.lockouts(), []);
  });

  test("are forgiven one by one", async (t) => {
    const { signIn, member, fail } = await signInHub(t, open);
    await member("alice");
    for (const name of ["alice", "bob", "carol", "dave", "eve", "fred"]) await fail(5, { name, address: HOME });
    const typed = { name: "alice", password: GOOD, address: HOME };
    assert.equal((await rejection(signIn.withPassword(typed))).code, "too-many-attempts");
    await signIn.clearLockout(`address:${HOME}`);
    assert.equal((await rejection(signIn.withPassword(typed))).code, "too-many-attempts");
    await signIn.clearLockout(`pair:alice|${HOME}`);
    await entered(signIn.withPassword(typed));
    assert.equal((await signIn.lockouts()).length, 5);
  });

  test("nothing else can be cleared: neither what holds nobody off nor where people have signed in", async (t) => {
    const { signIn, member, fail } = await signInHub(t, open);
    await member("alice");
    await entered(signIn.withPassword({ name: "alice", password: GOOD, address: HOME }));
    await fail(1, { name: "alice", address: HOME });
    for (const key of ["", "x", `pair:alice|${HOME}`, `known:alice|${HOME}`, "user:alice", `pair:nobody|${HOME}`]) {
      assert.equal((await rejection(signIn.clearLockout(key))).code, "not-found");
    }
  });
});
