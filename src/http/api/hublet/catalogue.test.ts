/** Choosing from the registry: who is offered what, and how pages hear of changes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { catalogueSchema, homeSchema, tagsSchema } from "../../../contract/index.ts";
import { smallCatalogue } from "../../test-support/catalogue.ts";
import { readEvents } from "../../test-support/events.ts";
import { openHouse } from "../../test-support/house.ts";

const HELD = { "lab/uspy": ["latest", "2.1"], "secret/x": ["1"] };
const GROUPS = { staff: { members: { names: ["alice"] }, images: ["lab/*", "gpu:2"] } };

test("repositories and tags are those of the caller's policy, and of everything for admins who ask so", async (t) => {
  const catalogue = smallCatalogue(HELD);
  const house = await openHouse(t, { catalogue, config: { groups: GROUPS } });
  const alice = await house.browserOf("alice");
  const view = catalogueSchema.parse((await alice.call("GET", "/hub/api/hublet/catalogue")).json());
  assert.deepEqual(view.repositories, [{ name: "lab/uspy", preferred: true }]);
  assert.deepEqual(catalogue.choosers, [["lab/*", "gpu:2"]]);
  const tags = await alice.call("GET", "/hub/api/hublet/catalogue/tags?repository=lab%2Fuspy");
  assert.deepEqual(tagsSchema.parse(tags.json()).tags, ["latest", "2.1"]);
  assert.equal((await alice.call("GET", "/hub/api/hublet/catalogue/tags?repository=secret%2Fx")).status, 403);
  assert.equal((await alice.call("GET", "/hub/api/hublet/catalogue/tags")).status, 400);
  assert.equal((await alice.call("GET", "/hub/api/hublet/catalogue?all=1")).status, 403);

  const admin = await house.browserOf("admin");
  const all = catalogueSchema.parse((await admin.call("GET", "/hub/api/hublet/catalogue?all=1")).json());
  assert.equal(all.repositories.length, 2);
  assert.equal((await house.send("GET", "/hub/api/hublet/catalogue")).status, 403);
});

test("home says that there is a catalogue, and a pattern is no single choice", async (t) => {
  const house = await openHouse(t, { catalogue: smallCatalogue(HELD), config: { groups: GROUPS } });
  const home = homeSchema.parse((await (await house.browserOf("alice")).call("GET", "/hub/api/hublet/home")).json());
  assert.deepEqual([home.catalogue, home.choices], [true, ["gpu:2"]]);
});

test("without a registry there is nothing to choose from, and it says so", async (t) => {
  const house = await openHouse(t);
  const alice = await house.browserOf("alice");
  assert.equal(homeSchema.parse((await alice.call("GET", "/hub/api/hublet/home")).json()).catalogue, false);
  const answer = await alice.call("GET", "/hub/api/hublet/catalogue");
  assert.equal(answer.status, 404);
  assert.match(answer.json().message, /no registry/);
});

test("open pages hear of a push, and nobody is told after they left", async (t) => {
  const catalogue = smallCatalogue(HELD);
  const house = await openHouse(t, { catalogue });
  const alice = await house.browserOf("alice");
  const cookie = [...alice.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const headers = { cookie, "user-agent": "test", "x-forwarded-for": "10.0.0.1", "sec-fetch-mode": "cors" };
  const path = `/hub/api/hublet/events?_xsrf=${encodeURIComponent(alice.xsrf)}`;
  const stream = await readEvents(house.origin("private"), path, { headers });
  await stream.until("home");
  catalogue.changed();
  assert.deepEqual((await stream.until("catalogue")).data, {});
  stream.close();
  while (catalogue.listeners() > 0) await new Promise((resolve) => setImmediate(resolve));
});
