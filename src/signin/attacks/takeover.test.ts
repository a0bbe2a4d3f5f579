import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { entered, GOOD, HOME, rejection, signInHub } from "../../../test/support/sign-in.ts";

const ELSEWHERE = "203.0.113.66";

forEachDatabase("attack: taking over an account", (open) => {
  test("first-use race: of claims with one code at the same moment exactly one wins", async (t) => {
    const { signIn, restarted, people } = await signInHub(t, open);
    for (let round = 0; round < 3; round += 1) {
      const name = `person${round}`;
      await people.add([name]);
      const { code } = await signIn.issueClaim(name);
      const passwords = Array.from({ length: 4 }, (_, i) => `password of claimant ${i}`);
      // Every second one reaches another hub process.
      const hubs = [signIn, restarted()];
      const results = await Promise.allSettled(
        passwords.map((password, i) => (hubs[i % 2] ?? signIn).claim({ code, password, address: `10.1.1.${i}` })),
      );
      const winners = passwords.filter((_, i) => results[i]?.status === "fulfilled");
      assert.equal(winners.length, 1);
      for (const result of results) if (result.status === "rejected") assert.equal(result.reason.code, "claim-invalid");
      for (const [i, password] of passwords.entries()) {
        const attempt = signIn.withPassword({ name, password, address: `10.2.${round}.${i}` });
        if (password === winners[0]) assert.equal((await entered(attempt)).name, name);
        else assert.equal((await rejection(attempt)).code, "sign-in-refused");
      }
    }
  });

  test("first use: nobody signs in as a person who has set no password, whatever they send", async (t) => {
    const { signIn, people } = await signInHub(t, open);
    await people.add(["admin"], { admin: true });
    for (const [i, password] of ["", "null", "admin", GOOD, "undefined"].entries()) {
      const error = await rejection(signIn.withPassword({ name: "admin", password, address: `10.0.0.${i}` }));
      assert.equal(error.code, "sign-in-refused");
      assert.match(error.message, /If you have not set a password yet, use your claim link/);
    }
    assert.equal((await people.require("admin")).hasPassword, false);
  });

  test("capital letters: another spelling is the same account, never a second one", async (t) => {
    const { signIn, member, people } = await signInHub(t, open);
    const admin = await member("admin");
    for (const name of ["Admin", "ADMIN", "aDmIn"]) {
      assert.deepEqual(await people.add([name], { admin: true }), { added: [], existing: ["admin"] });
      assert.equal((await entered(signIn.withPassword({ name, password: GOOD, address: HOME }))).id, admin.id);
      assert.equal(
        (await rejection(signIn.withPassword({ name, password: GOOD.toUpperCase(), address: HOME }))).code,
        "sign-in-refused",
      );
    }
    assert.equal(await people.count(), 1);
  });

  test("look-alikes: NFKC folds other forms of the same letters, and keeps other scripts' letters apart", async (t) => {
    const { signIn, member, people } = await signInHub(t, open);
    const admin = await member("admin");
    // Full width, mathematical, circled letters, and ones with an invisible difference: the same name.
    for (const name of ["ａｄｍｉｎ", "𝐚𝐝𝐦𝐢𝐧", "ⓐⓓⓜⓘⓝ", "ＡＤＭＩＮ"]) {
      assert.equal((await people.find(name))?.id, admin.id, name);
      assert.equal((await people.add([name])).added.length, 0, name);
    }
    // Cyrillic a, Greek omicron, dotless i, zero: other names. They look alike to people, so adding one is an admin's
    // decision; for the hub they are strangers, and the password of one is nothing to the other.
    for (const name of ["аdmin", "admın", "adm1n"]) {
      assert.equal(await people.find(name), undefined, name);
      assert.equal(
        (await rejection(signIn.withPassword({ name, password: GOOD, address: HOME }))).code,
        "sign-in-refused",
      );
    }
    // Invisible characters are refused, so no name can hide behind them.
    for (const name of ["adm\u200bin", "admin\u200d", "\u202eadmin", "admin\u0000", "ad\u00admin"]) {
      assert.equal(await people.find(name), undefined);
      await assert.rejects(people.add([name]), { code: "name-invalid" });
    }
    assert.equal(await people.count(), 1);
  });

  test("empty and very long passwords are refused without work, in any name", async (t) => {
    const { signIn, member } = await signInHub(t, open);
    await member("alice");
    const long = "x".repeat(10_000_000);
    for (const [i, [name, password]] of [
      ["alice", ""],
      ["nobody", ""],
      ["alice", long],
      ["nobody", long],
    ].entries()) {
      const start = performance.now();
      const error = await rejection(
        signIn.withPassword({ name: name ?? "", password: password ?? "", address: `10.0.0.${i}` }),
      );
      assert.equal(error.code, "sign-in-refused");
      assert.ok(performance.now() - start < 10_000);
    }
    assert.equal((await rejection(signIn.setPassword("alice", long))).code, "password-too-weak");
    assert.equal((await rejection(signIn.setPassword("alice", ""))).code, "password-too-weak");
    // What differs only behind the 1024th byte must not be the same password.
    const almost = `${GOOD} `.repeat(46);
    await signIn.setPassword("alice", almost);
    const longer = await rejection(signIn.withPassword({ name: "alice", password: `${almost}y`, address: HOME }));
    assert.equal(longer.code, "sign-in-refused");
    assert.equal(
      (await entered(signIn.withPassword({ name: "alice", password: almost, address: HOME }))).name,
      "alice",
    );
  });

  test("a NUL does not cut a password short", async (t) => {
    const { signIn, member } = await signInHub(t, open);
    await member("alice", "before the nul\0after it");
    const cut = await rejection(signIn.withPassword({ name: "alice", password: "before the nul", address: HOME }));
    assert.equal(cut.code, "sign-in-refused");
  });

  test("a sign-in that is under way with the old password while it is replaced comes too late", async (t) => {
    const { signIn, member } = await signInHub(t, open);
    await member("alice");
    const { code } = await signIn.issueClaim("alice");
    for (let i = 0; i < 3; i += 1) {
      const [old] = await Promise.allSettled([
        signIn.withPassword({ name: "alice", password: GOOD, address: HOME }),
        i === 0 ? signIn.claim({ code, password: "a new good one", address: ELSEWHERE }) : undefined,
      ]);
      // Either it was first, or it is refused; after the claim it is always refused.
      if (i > 0) assert.equal(old.status, "rejected");
    }
    assert.equal(
      (await entered(signIn.withPassword({ name: "alice", password: "a new good one", address: HOME }))).name,
      "alice",
    );
  });
});
