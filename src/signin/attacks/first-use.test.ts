import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { entered, GOOD, HOME, rejection, signInHub } from "../../../test/support/sign-in.ts";

const OPEN = `
people: {names: [anna, ben, cleo, octocat], admins: [admin]}
signIn: {firstUse: open}
`;

forEachDatabase("attack: taking a name before its person does", (open) => {
  test("first-use race: of several passwords at the same moment one wins, the others are simply wrong", async (t) => {
    const { signIn, restarted } = await signInHub(t, open, { yaml: OPEN });
    for (const [round, name] of ["anna", "ben", "cleo"].entries()) {
      const hubs = [signIn, restarted()];
      const passwords = Array.from({ length: 6 }, (_, i) => `password of number ${i}`);
      const results = await Promise.allSettled(
        passwords.map((password, i) =>
          (hubs[i % 2] ?? signIn).withPassword({ name, password, address: `10.1.${round}.${i}` }),
        ),
      );
      const winners = passwords.filter((_, i) => results[i]?.status === "fulfilled");
      assert.equal(winners.length, 1);
      for (const result of results) {
        if (result.status === "rejected") assert.equal(result.reason.code, "sign-in-refused");
      }
      for (const [i, password] of passwords.entries()) {
        const again = signIn.withPassword({ name, password, address: `10.2.${round}.${i}` });
        if (password === winners[0]) assert.equal((await entered(again)).name, name);
        else assert.equal((await rejection(again)).code, "sign-in-refused");
      }
    }
  });

  test("the admin's name, in every spelling: never without a link", async (t) => {
    const { signIn, people } = await signInHub(t, open, { yaml: OPEN });
    for (const [i, name] of ["admin", "Admin", "ADMIN", "ａｄｍｉｎ", "аdmin", "admin "].entries()) {
      const error = await rejection(signIn.withPassword({ name, password: GOOD, address: `10.0.0.${i}` }));
      assert.equal(error.code, "sign-in-refused");
    }
    assert.equal((await people.require("admin")).hasPassword, false);
  });

  test("a listed name that became an admin's meanwhile, or is listed as one since a moment ago", async (t) => {
    const { signIn, people, configureOnly } = await signInHub(t, open, { yaml: OPEN });
    await people.setAdmin("anna", true);
    configureOnly(OPEN.replace("admins: [admin]", "admins: [admin, ben]"));
    for (const name of ["anna", "ben"]) {
      assert.equal(
        (await rejection(signIn.withPassword({ name, password: GOOD, address: HOME }))).code,
        "sign-in-refused",
      );
    }
  });

  test("a person who signs in with GitHub has no password to be the first with", async (t) => {
    const { signIn, identify } = await signInHub(t, open, { yaml: OPEN });
    await identify("octocat");
    const error = await rejection(signIn.withPassword({ name: "octocat", password: GOOD, address: HOME }));
    assert.equal(error.code, "sign-in-refused");
  });

  test("a suspended person's name", async (t) => {
    const { signIn, people, suspend } = await signInHub(t, open, { yaml: OPEN });
    await suspend("anna", "No rule lets this person in.");
    const error = await rejection(signIn.withPassword({ name: "anna", password: GOOD, address: HOME }));
    assert.ok(!error.message.includes("No rule"));
    assert.equal((await people.require("anna")).hasPassword, false);
  });

  test("finding names that are still to be had: a weak password is refused alike for all names", async (t) => {
    const { signIn, member, identify } = await signInHub(t, open, { yaml: OPEN });
    await member("bob");
    await identify("octocat");
    const answers = [];
    for (const [i, name] of ["anna", "admin", "octocat", "bob", "nobody"].entries()) {
      for (const password of ["short", "", "password123"]) {
        const error = await rejection(signIn.withPassword({ name, password, address: `10.0.${i}.1` }));
        answers.push([password, error.code, error.status, error.message, error.facts]);
      }
    }
    for (const [i, answer] of answers.entries()) assert.deepEqual(answer, answers[i % 3]);
  });
});
