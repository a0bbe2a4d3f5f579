/** Starting without script, by JupyterHub's form (contract 1.8, 3.5). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_SERVER, userName } from "../../kernel/index.ts";
import { smallCatalogue } from "../test-support/catalogue.ts";
import { type House, openHouse } from "../test-support/house.ts";

const KEY = { user: userName("alice"), server: DEFAULT_SERVER };
const HELD = { "lab/uspy": ["latest", "2.1"], "lab/empty": [] };
const PROFILES = [
  { name: "small", title: "Small" },
  { name: "large", title: "Large & fast" },
];

/** What the servers were asked to start with; they start nothing. */
function watchStarts(house: House): unknown[] {
  const starts: unknown[] = [];
  house.servers.start = async ({ options }) => {
    starts.push(options);
    const server = await house.servers.get(KEY);
    assert.ok(server !== undefined);
    return server;
  };
  return starts;
}

test("the page without script offers profiles, images and repositories, and is found from the other one", async (t) => {
  const config = {
    profiles: PROFILES,
    groups: { staff: { members: { names: ["alice"] }, images: ["gpu:2", "lab/*"] } },
  };
  const house = await openHouse(t, { catalogue: smallCatalogue(HELD), config });
  const alice = await house.browserOf("alice");
  const shell = await alice.open("/hub/spawn?next=%2Fuser%2Falice%2Flab");
  assert.match(shell.text, /<noscript><p><a href="\/hub\/spawn\?plain=1&amp;next=%2Fuser%2Falice%2Flab">/);
  const page = await alice.open("/hub/spawn?plain=1&next=%2Fuser%2Falice%2Flab");
  assert.equal(page.status, 200);
  assert.match(page.text, /<form method="post" action="\/hub\/spawn\?next=%2Fuser%2Falice%2Flab">/);
  assert.match(page.text, /name="profile" value="small" checked/);
  assert.match(page.text, /Large &amp; fast/);
  assert.match(page.text, /<option value="gpu:2">/);
  assert.match(page.text, /<option value="lab\/uspy">/);
  assert.doesNotMatch(page.text, /lab\/\*/);
});

test("a repository without a tag is asked for one, and both together start the server", async (t) => {
  const house = await openHouse(t, { catalogue: smallCatalogue(HELD) });
  const starts = watchStarts(house);
  const alice = await house.browserOf("alice");
  const second = await alice.submit("/hub/spawn", { profile: "", image: "lab/uspy" });
  assert.equal(second.status, 200);
  assert.match(second.text, /name="image" value="lab\/uspy"[\s\S]*<select id="tag" name="tag"><option value="latest">/);
  assert.match((await alice.submit("/hub/spawn", { image: "lab/empty" })).text, /no versions of this image left/);
  assert.deepEqual(starts, []);

  const begun = await alice.submit("/hub/spawn?next=%2Fhub%2Fhome", { profile: "", image: "lab/uspy", tag: "2.1" });
  assert.deepEqual([begun.status, begun.location], [302, "/hub/spawn-pending/alice?next=%2Fhub%2Fhome"]);
  assert.deepEqual(starts, [{ image: "lab/uspy", tag: "2.1" }]);
});

test("tags in the query are options of the start, by JupyterHub's names", async (t) => {
  const house = await openHouse(t, { catalogue: smallCatalogue(HELD) });
  const starts = watchStarts(house);
  const alice = await house.browserOf("alice");
  await alice.open("/hub/spawn?image=lab/uspy&tag=2.1");
  await alice.open("/hub/spawn?opt-image=lab/uspy&opt-tag=latest&plain=1");
  assert.deepEqual(starts, [
    { image: "lab/uspy", tag: "2.1" },
    { image: "lab/uspy", tag: "latest" },
  ]);
});

test("a refused choice shows the form again with its reason and status", async (t) => {
  const house = await openHouse(t, { config: { profiles: PROFILES } });
  const alice = await house.browserOf("alice");
  const refused = await alice.submit("/hub/spawn/alice/work", { profile: "nosuch" });
  assert.equal(refused.status, 400);
  assert.match(refused.text, /role="alert">There is no profile “nosuch”[\s\S]*action="\/hub\/spawn\/alice\/work"/);
});

test("a form of another site, or of nobody, starts nothing", async (t) => {
  const house = await openHouse(t, { config: { profiles: PROFILES } });
  const starts = watchStarts(house);
  const alice = await house.browserOf("alice");
  assert.equal((await alice.submit("/hub/spawn", { profile: "small", _xsrf: "x" })).status, 403);
  assert.equal((await alice.submit("/hub/spawn/bob", { profile: "small" })).status, 404);
  const nobody = await house.browserOf("");
  assert.equal((await nobody.submit("/hub/spawn", { profile: "small" })).status, 403);
  assert.deepEqual(starts, []);
});
