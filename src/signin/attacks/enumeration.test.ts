import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { entered, GOOD, HOME, rejection, signInHub, takesAsLong } from "../../../test/support/sign-in.ts";

/** With a password, without one, suspended, an admin without one, with a second factor, unknown, and impossible. */
const NAMES = ["alice", "newcomer", "gone", "root", "careful", "nobody", "no/body"];
const WRONG = "a wrong password";

async function setUp(...[t, open]: Parameters<typeof signInHub>) {
  // With `open`, newcomer is nobody's to take: only listed names are.
  const hub = await signInHub(t, open, { yaml: "{people: {admins: [root]}, signIn: {firstUse: open}}" });
  for (const name of ["alice", "gone", "careful"]) await hub.member(name);
  await hub.people.add(["newcomer"]);
  await hub.suspend("gone", "Nobody lists this person any more.");
  await hub.factor("careful");
  return hub;
}

forEachDatabase("attack: finding out who has an account", (open) => {
  test("user enumeration by message: all failures read the same, and so do the limits", async (t) => {
    const { signIn } = await setUp(t, open);
    const stories = [];
    for (const [i, name] of NAMES.entries()) {
      const story = [];
      for (let attempt = 0; attempt < 7; attempt += 1) {
        const error = await rejection(signIn.withPassword({ name, password: WRONG, address: `10.0.0.${i}` }));
        story.push([error.code, error.status, error.message, error.facts, error.detail]);
      }
      // Names that cannot exist are nobody's, so they have no limit of their own.
      stories.push(name === "no/body" ? story.slice(0, 5) : story);
    }
    const [first = [], ...others] = stories;
    for (const story of others) assert.deepEqual(story, first.slice(0, story.length));
  });

  test("the reason of a suspension, and a second factor, are told only after the right password", async (t) => {
    const { signIn } = await setUp(t, open);
    const told = await rejection(signIn.withPassword({ name: "gone", password: GOOD, address: HOME }));
    assert.equal(told.code, "sign-in-refused");
    assert.match(told.message, /Nobody lists this person any more/);
    const { kind } = await signIn.withPassword({ name: "careful", password: GOOD, address: HOME });
    assert.equal(kind, "second-factor");
    assert.equal((await entered(signIn.withPassword({ name: "alice", password: GOOD, address: HOME }))).name, "alice");
  });

  test("name enumeration by time: every failure takes as long", async (t) => {
    const { signIn } = await setUp(t, open);
    // Each from an address of its own, so that no limit is met.
    await takesAsLong(t, NAMES, (name, { index, round }) =>
      rejection(signIn.withPassword({ name, password: WRONG, address: `10.${index}.0.${round}` })),
    );
  });
});
