import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { entered, GOOD, HOME, rejection, signInHub, takesAsLong } from "../../../test/support/sign-in.ts";

const yaml = "{people: {names: [listed], admins: [boss]}, signIn: {signUp: approval}}";
const ask = { note: "", password: GOOD };

forEachDatabase("attack: sign-up", (open) => {
  test("flooding from one address, and from many: a bounded number waits, and ends after 30 days", async (t) => {
    const { signIn, store, clock } = await signInHub(t, open, { yaml });
    const outcomes = { taken: 0, held: 0 };
    for (let i = 0; i < 15; i += 1) {
      const asked = signIn.signUp({ ...ask, name: `flood${i}`, address: HOME });
      await asked.then(
        () => (outcomes.taken += 1),
        (error) => {
          assert.equal(error.code, "too-many-attempts");
          outcomes.held += 1;
        },
      );
    }
    assert.deepEqual(outcomes, { taken: 10, held: 5 });
    clock.pass(3_600_000);
    await signIn.signUp({ ...ask, name: "later", address: HOME });

    const created = new Date(clock.now()).toISOString();
    const waiting = { password_hash: "x", note: "", address: "10.0.0.1", created };
    await store.db
      .insertInto("sign_ups")
      .values(Array.from({ length: 489 }, (_, i) => ({ ...waiting, name: `other${i}` })))
      .execute();
    const full = await rejection(signIn.signUp({ ...ask, name: "toolate", address: "10.0.0.2" }));
    assert.match(full.message, /Too many people wait/);
    clock.pass(30 * 24 * 3_600_000 + 1);
    await signIn.signUp({ ...ask, name: "intime", address: "10.0.0.3" });
    assert.deepEqual(
      (await signIn.listSignUps()).map(({ name }) => name),
      ["intime"],
    );
  });

  test("name probing by message: taken, listed, asked for and free names are answered alike", async (t) => {
    const { signIn, member } = await signInHub(t, open, { yaml });
    await member("alice");
    await signIn.signUp({ ...ask, name: "waiting", address: HOME });
    for (const [i, name] of ["alice", "ALICE", "waiting", "listed", "boss", "free"].entries()) {
      assert.equal(await signIn.signUp({ ...ask, name, address: `10.0.0.${i}` }), undefined);
      const weak = await rejection(signIn.signUp({ ...ask, name, password: "short", address: `10.0.0.${i}` }));
      assert.match(weak.message, /It has 5 characters/);
    }
  });

  test("name probing by time: every request takes as long", async (t) => {
    const { signIn, member } = await signInHub(t, open, { yaml });
    await member("alice");
    await takesAsLong(t, ["alice", "free", "listed"], (name, { index, round }) =>
      signIn.signUp({ ...ask, name, address: `10.${index}.0.${round}` }),
    );
  });

  test("a later request of the same name replaces nobody's password", async (t) => {
    const { signIn } = await signInHub(t, open, { yaml });
    await signIn.signUp({ ...ask, name: "newcomer", note: "It is me", address: HOME });
    const other = "password of a stranger";
    await signIn.signUp({ name: "Newcomer", password: other, note: "It is me", address: "203.0.113.66" });
    const [first, second] = await signIn.listSignUps();
    assert.deepEqual([first?.address, second?.address], [HOME, "203.0.113.66"]);
    await signIn.approveSignUp(first?.id ?? 0);
    assert.deepEqual(await signIn.listSignUps(), []);
    await entered(signIn.withPassword({ name: "newcomer", password: GOOD, address: HOME }));
    const error = await rejection(signIn.withPassword({ name: "newcomer", password: other, address: HOME }));
    assert.equal(error.code, "sign-in-refused");
  });

  test("asking for a name that is somebody's, or that the configuration lists, takes nothing over", async (t) => {
    const { signIn, member, people } = await signInHub(t, open, { yaml });
    await member("alice");
    for (const name of ["alice", "listed", "boss"]) {
      await signIn.signUp({ name, password: "password of a stranger", note: "", address: HOME });
      const [{ id } = { id: 0 }] = await signIn.listSignUps();
      assert.equal((await rejection(signIn.approveSignUp(id))).code, "conflict");
      await signIn.refuseSignUp(id);
    }
    await entered(signIn.withPassword({ name: "alice", password: GOOD, address: HOME }));
    assert.equal((await people.require("boss")).hasPassword, false);
  });

  test("asking for a name that a group lists takes none of its rights", async (t) => {
    const { signIn, people } = await signInHub(t, open, {
      yaml: "{signIn: {signUp: approval}, groups: {operators: {admin: true, members: {names: [zoe]}}}}",
    });
    await signIn.signUp({ ...ask, name: "zoe", address: HOME });
    const [{ id } = { id: 0 }] = await signIn.listSignUps();
    const error = await rejection(signIn.approveSignUp(id));
    assert.equal(error.code, "conflict");
    assert.match(error.message, /the configuration names it\. Refuse this request/);
    assert.equal(await people.find("zoe"), undefined);
  });

  test("two admins who approve two requests of one name at the same moment: one person, one password", async (t) => {
    const { signIn, people } = await signInHub(t, open, { yaml });
    const passwords = ["the first password", "the second password"];
    for (const password of passwords) await signIn.signUp({ ...ask, name: "newcomer", password, address: HOME });
    const ids = (await signIn.listSignUps()).map(({ id }) => id);
    const results = await Promise.allSettled(ids.map((id) => signIn.approveSignUp(id)));
    assert.deepEqual(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    const winner = passwords[results.findIndex(({ status }) => status === "fulfilled")] ?? "";
    await entered(signIn.withPassword({ name: "newcomer", password: winner, address: HOME }));
    assert.equal((await people.list({ search: "newcomer" })).total, 1);
  });
});
