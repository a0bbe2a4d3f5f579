import assert from "node:assert/strict";
import { test } from "node:test";
import { hashSync } from "bcryptjs";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { entered, HOME, rejection, signInHub } from "../../../test/support/sign-in.ts";

const COST = 4;

forEachDatabase("passwords of another hub", (open) => {
  test("hold as they were typed there, and are hashed anew at the first sign-in", async (t) => {
    const { signIn, member, store } = await signInHub(t, open);
    // Two forms of the same word: bcrypt's hubs keep the one that was typed.
    const typed = "na\u0069\u0308ve pass";
    const alice = await member("alice");
    const stored = async () =>
      (await store.db.selectFrom("users").select("password_hash").executeTakeFirstOrThrow()).password_hash ?? "";
    await signIn.importPassword("alice", hashSync(typed, COST));
    const wrong = signIn.withPassword({ name: "alice", password: "another word", address: HOME });
    assert.equal((await rejection(wrong)).code, "sign-in-refused");
    assert.match(await stored(), /^\$2b\$/);
    const both = [1, 2].map(() => signIn.withPassword({ name: "alice", password: typed, address: HOME }));
    for (const one of await Promise.all(both)) assert.equal(one.kind === "in" && one.person.id, alice.id);
    assert.match(await stored(), /^\$argon2id\$/);
    await entered(signIn.withPassword({ name: "alice", password: typed, address: HOME }));
  });

  test("are refused when they are none, or would keep a core busy", async (t) => {
    const { signIn, member } = await signInHub(t, open);
    await member("alice");
    const shape = hashSync("x", COST);
    for (const hash of ["", "secret", "$2b$99$short", shape.replace("$04$", "$15$"), `${shape}x`, "$argon2id$v=19$x"])
      assert.equal((await rejection(signIn.importPassword("alice", hash))).code, "bad-request", hash);
    await signIn.importPassword("alice", shape.replace("$2b$", "$2y$"));
    await entered(signIn.withPassword({ name: "alice", password: "x", address: HOME }));
  });
});
