import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { entered, GOOD, HOME, rejection, signInHub } from "../../../test/support/sign-in.ts";

forEachDatabase("dummy sign-in", (open) => {
  test("takes any name with any password, and warns of it", async (t) => {
    const { signIn, log, people } = await signInHub(t, open, { yaml: "signIn: {passwords: false, dummy: {}}" });
    assert.ok(log.some(({ level, message }) => level === "warn" && /signIn\.dummy/.test(message)));
    for (const password of ["", "x", GOOD]) {
      const person = await entered(signIn.withPassword({ name: "Anybody", password, address: HOME }));
      assert.equal(person.name, "anybody");
    }
    assert.equal(await people.count(), 1);
    assert.deepEqual(signIn.methods(), [{ id: "dummy", title: "Any name (for trying out)", kind: "form" }]);
    const impossible = await rejection(signIn.withPassword({ name: "a/b", password: "x", address: HOME }));
    assert.equal(impossible.code, "sign-in-refused");
    await people.applyConfiguration();
    await entered(signIn.withPassword({ name: "anybody", password: "x", address: HOME }));
  });

  test("with a password takes only that one, or a person's own, and guesses are held off", async (t) => {
    const { signIn, member, fail } = await signInHub(t, open, {
      yaml: "signIn: {dummy: {password: {secret: TRY}}}",
      secrets: { TRY: "let everybody in" },
    });
    await member("alice");
    await entered(signIn.withPassword({ name: "anybody", password: "let everybody in", address: HOME }));
    await entered(signIn.withPassword({ name: "alice", password: GOOD, address: HOME }));
    for (const password of ["", "let everybody", "let everybody in "]) {
      const error = await rejection(signIn.withPassword({ name: "bob", password, address: "10.0.0.1" }));
      assert.equal(error.code, "sign-in-refused");
    }
    assert.deepEqual(await fail(10, { name: "carol", address: "10.0.0.2" }), { refused: 5, held: 5 });
  });

  test("is not there unless the configuration has it, at once", async (t) => {
    const { signIn, configure } = await signInHub(t, open);
    const typed = { name: "anybody", password: "x", address: HOME };
    assert.equal((await rejection(signIn.withPassword(typed))).code, "sign-in-refused");
    await configure("signIn: {dummy: {}}");
    await entered(signIn.withPassword(typed));
    await configure("");
    assert.equal((await rejection(signIn.withPassword(typed))).code, "sign-in-refused");
  });
});
