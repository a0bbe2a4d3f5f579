import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { entered, GOOD, HOME, rejection, signInHub } from "../../../test/support/sign-in.ts";

const OPEN = `
people: {names: [anna, ben], admins: [root]}
signIn: {firstUse: open}
`;

forEachDatabase("first use of a listed name", (open) => {
  test("the first password that is typed becomes theirs, and says so in the log", async (t) => {
    const { signIn, people, log } = await signInHub(t, open, { yaml: OPEN });
    const anna = await entered(signIn.withPassword({ name: "Anna", password: GOOD, address: HOME }));
    assert.equal(anna.name, "anna");
    assert.equal(anna.hasPassword, true);
    assert.equal((await people.require("anna")).hasPassword, true);
    assert.ok(log.some(({ message, facts }) => /first password/.test(message) && "user" in facts));
    assert.ok(!JSON.stringify(log).includes(GOOD));
    const other = await rejection(signIn.withPassword({ name: "anna", password: "another good one", address: HOME }));
    assert.equal(other.code, "sign-in-refused");
    await entered(signIn.withPassword({ name: "anna", password: GOOD, address: HOME }));
  });

  test("a name that was listed a moment ago and has no row yet gets one", async (t) => {
    const { signIn, people, configureOnly } = await signInHub(t, open);
    configureOnly(OPEN);
    assert.equal(await people.find("ben"), undefined);
    assert.equal((await entered(signIn.withPassword({ name: "ben", password: GOOD, address: HOME }))).name, "ben");
  });

  test("a person whom only an admin added, and every admin, needs a claim link", async (t) => {
    const { signIn, people } = await signInHub(t, open, { yaml: OPEN });
    await people.add(["carol"]);
    await people.setAdmin("ben", true);
    for (const name of ["carol", "root", "ben", "nobody"]) {
      const error = await rejection(signIn.withPassword({ name, password: GOOD, address: HOME }));
      assert.equal(error.code, "sign-in-refused");
      assert.match(error.message, /claim link/);
    }
    for (const name of ["carol", "root"]) {
      const { code } = await signIn.issueClaim(name);
      assert.equal((await entered(signIn.claim({ code, password: GOOD, address: HOME }))).name, name);
    }
  });

  test("not with firstUse: claim, and from then on with firstUse: open", async (t) => {
    const { signIn, configure } = await signInHub(t, open, { yaml: "people: {names: [anna]}" });
    const typed = { name: "anna", password: GOOD, address: HOME };
    assert.equal((await rejection(signIn.withPassword(typed))).code, "sign-in-refused");
    await configure(OPEN);
    assert.equal((await entered(signIn.withPassword(typed))).name, "anna");
  });

  test("a password that is too weak is refused with what is wrong with it", async (t) => {
    const { signIn, people } = await signInHub(t, open, { yaml: OPEN });
    for (const [password, why] of [
      ["short", /It has 5 characters\. Use at least 10/],
      ["password123", /everybody tries first/],
      ["", /It is empty/],
      ["annaanna", /It has 8 characters/],
    ] as const) {
      const error = await rejection(
        signIn.withPassword({ name: "anna", password, address: `10.0.0.${password.length}` }),
      );
      assert.equal(error.code, "sign-in-refused");
      assert.match(error.message, why);
    }
    assert.equal((await people.require("anna")).hasPassword, false);
  });

  test("an open claim link ends, since the person has a password now", async (t) => {
    const { signIn } = await signInHub(t, open, { yaml: OPEN });
    const { code } = await signIn.issueClaim("anna");
    await entered(signIn.withPassword({ name: "anna", password: GOOD, address: HOME }));
    assert.equal(await signIn.inspectClaim(code), undefined);
  });
});
