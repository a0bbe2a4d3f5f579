/** How long answers take; the bounds are generous, since test machines are slow and busy. Measured values are printed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openHouse } from "./test-support/house.ts";

async function medianOf(times: number, work: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let count = 0; count < times; count += 1) {
    const before = performance.now();
    await work();
    taken.push(performance.now() - before);
  }
  return taken.sort((a, b) => a - b)[Math.floor(times / 2)] ?? Number.POSITIVE_INFINITY;
}

test("pages aim at 5 ms and a page of 10 000 people at 50 ms; on a busy machine five and three times that", async (t) => {
  const house = await openHouse(t);
  const names = Array.from({ length: 10_000 }, (_, index) => `person-${index}`);
  await house.people.add(names);
  const admin = await house.browserOf("admin");
  const login = await medianOf(50, () => house.send("GET", "/hub/login"));
  const home = await medianOf(50, () => admin.open("/hub/home"));
  const people = await medianOf(20, () =>
    admin.call("GET", "/hub/api/hublet/people?limit=50&offset=5000&sort=-last_activity"),
  );
  const users = await medianOf(20, () => admin.call("GET", "/hub/api/users?limit=200&name_filter=9"));
  t.diagnostic(
    `ms with connection: login ${login.toFixed(1)}, home ${home.toFixed(1)}, people ${people.toFixed(1)}, users ${users.toFixed(1)}`,
  );
  assert.ok(login < 25 && home < 25, "pages");
  assert.ok(people < 150 && users < 300, "lists");
});
