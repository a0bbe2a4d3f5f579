import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { entered, GOOD, HOME, rejection, signInHub } from "../../../test/support/sign-in.ts";

const yaml = "signIn: {signUp: approval}";
const request = { name: "Newcomer", password: GOOD, note: "From the course\n", address: HOME };

forEachDatabase("sign-up with approval", (open) => {
  test("whoever asks waits, and comes in with their password when an admin has approved", async (t) => {
    const { signIn, people, clock, store } = await signInHub(t, open, { yaml });
    await signIn.signUp(request);
    const typed = { name: "newcomer", password: GOOD, address: HOME };
    assert.equal((await rejection(signIn.withPassword(typed))).code, "sign-in-refused");
    const [view] = await signIn.listSignUps();
    const created = new Date(clock.now()).toISOString();
    assert.deepEqual(view, { id: view?.id, name: "newcomer", note: "From the course", address: HOME, created });
    const row = await store.db.selectFrom("sign_ups").selectAll().executeTakeFirstOrThrow();
    assert.match(row.password_hash, /^\$argon2id\$/);
    const person = await signIn.approveSignUp(view?.id ?? 0);
    assert.deepEqual([person.name, person.admin, person.hasPassword], ["newcomer", false, true]);
    assert.equal((await entered(signIn.withPassword(typed))).id, (await people.require("newcomer")).id);
    assert.equal((await rejection(signIn.approveSignUp(view?.id ?? 0))).code, "not-found");
  });

  test("an approved person stays in when the configuration is read again", async (t) => {
    const { signIn, people } = await signInHub(t, open, { yaml });
    await signIn.signUp(request);
    await signIn.approveSignUp((await signIn.listSignUps())[0]?.id ?? 0);
    await people.applyConfiguration();
    await entered(signIn.withPassword({ name: "newcomer", password: GOOD, address: HOME }));
  });

  test("refused requests are gone, and may be made again", async (t) => {
    const { signIn, people } = await signInHub(t, open, { yaml });
    await signIn.signUp(request);
    const id = (await signIn.listSignUps())[0]?.id ?? 0;
    await signIn.refuseSignUp(id);
    assert.equal((await rejection(signIn.refuseSignUp(id))).code, "not-found");
    assert.equal(await people.find("newcomer"), undefined);
    await signIn.signUp(request);
    assert.equal((await signIn.listSignUps()).length, 1);
  });

  test("it is off unless the configuration says otherwise", async (t) => {
    const { signIn, configure } = await signInHub(t, open);
    assert.equal((await rejection(signIn.signUp(request))).code, "forbidden");
    await configure(yaml);
    await signIn.signUp(request);
  });

  test("names and passwords are checked, and notes kept short", async (t) => {
    const { signIn } = await signInHub(t, open, { yaml });
    assert.equal((await rejection(signIn.signUp({ ...request, name: "a/b" }))).code, "name-invalid");
    assert.equal((await rejection(signIn.signUp({ ...request, password: "newcomer" }))).code, "password-too-weak");
    await signIn.signUp({ ...request, note: "x".repeat(100_000) });
    assert.equal((await signIn.listSignUps())[0]?.note.length, 500);
  });
});
