import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachDatabase } from "../../../test/support/databases.ts";
import { rejection, signInHub } from "../../../test/support/sign-in.ts";

/** With a password, without one, unknown, and impossible. */
const NAMES = ["alice", "newcomer", "nobody", "no/body"];

forEachDatabase("attack: finding out who has an account", (open) => {
  test("user enumeration by message: all failures read the same, and so do the limits", async (t) => {
    const { signIn, people, member } = await signInHub(t, open);
    await member("alice");
    await people.add(["newcomer"]);
    const stories = [];
    for (const [i, name] of NAMES.entries()) {
      const story = [];
      for (let attempt = 0; attempt < 7; attempt += 1) {
        const address = `10.0.0.${i}`;
        const error = await rejection(signIn.withPassword({ name, password: "a wrong password", address }));
        story.push([error.code, error.status, error.message, error.facts, error.detail]);
      }
      // Names that cannot exist are nobody's, so they have no limit of their own.
      stories.push(name === "no/body" ? story.slice(0, 5) : story);
    }
    assert.deepEqual(stories[1], stories[0]);
    assert.deepEqual(stories[2], stories[0]);
    assert.deepEqual(stories[3], stories[0]?.slice(0, 5));
  });

  test("name enumeration by time: every failure takes as long", async (t) => {
    const { signIn, people, member } = await signInHub(t, open);
    await member("alice");
    await people.add(["newcomer"]);
    const times = new Map(NAMES.map((name) => [name, [] as number[]]));
    // Interleaved, so that whatever else the machine does meets all names alike; each from an address of its own, so
    // that no limit is met.
    for (let round = 0; round < 25; round += 1) {
      for (const [i, name] of NAMES.entries()) {
        const start = performance.now();
        await rejection(signIn.withPassword({ name, password: "a wrong password", address: `10.${i}.0.${round}` }));
        times.get(name)?.push(performance.now() - start);
      }
    }
    const medians = [...times.values()].map(median);
    const [known = 0, ...others] = medians;
    t.diagnostic(`medians: ${medians.map((ms) => ms.toFixed(1)).join(", ")} ms`);
    // Without the dummy hash the unknown name takes about a tenth of the time.
    for (const other of others) {
      assert.ok(other > known * 0.6 && other < known * 1.6, `medians ${medians.join(", ")} ms`);
    }
  });
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
