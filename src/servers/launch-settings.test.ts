/** What a start gets: server < what groups say < profile (survey P11, M14), and what a person may choose. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { configSchema } from "../contract/index.ts";
import { launchSettings, settingsOfRow } from "./launch-settings.ts";
import { policyFrom, saidBy } from "./test-support/policy.ts";

const GIB = 1024 ** 3;
const given = { from: "groups.staff.profiles", place: null };
const config = configSchema.parse({
  server: { image: "base:1", memory: "2G", cpus: 3, environment: { X: "server", Z: "server" } },
  profiles: [
    { name: "a", title: "A" },
    { name: "b", title: "B", image: "b:1", memory: "8G", cpus: 8, environment: { X: "b", Y: "b" } },
    { name: "gpu", title: "GPU", everyone: false },
    { name: "hidden", title: "Hidden", everyone: false },
  ],
  groups: { staff: { profiles: ["gpu"] } },
});
const policy = policyFrom(config);

test("a profile is merged over the server: environments join, the rest is replaced", () => {
  assert.equal(launchSettings(config, policy, {}, false).profile, "a");
  const b = launchSettings(config, policy, { profile: "b" }, false);
  assert.deepEqual([b.profile, b.image, b.memory, b.cpus], ["b", "b:1", 8 * GIB, 8]);
  assert.deepEqual(b.environment, { X: "b", Y: "b", Z: "server" });
  assert.deepEqual(launchSettings(config, policy, { profile: ["b"] }, false), b);
});

test("a limit that a group says holds down a profile's own; without a group's word the profile's holds", () => {
  const capped = policyFrom(config, {
    memory: saidBy("students", "memory", 4 * GIB),
    cpus: saidBy("students", "cpus", 16),
  });
  const b = launchSettings(config, capped, { profile: "b" }, false);
  assert.deepEqual([b.memory, b.cpus], [4 * GIB, 8]);
  const a = launchSettings(config, capped, { profile: "a" }, false);
  assert.deepEqual([a.memory, a.cpus], [4 * GIB, 16], "a profile that says nothing has the group's, larger or smaller");
});

test("a group's environment wins over the server's, a profile's over both", () => {
  const environment = { X: saidBy("staff", "environment.X", "group"), Z: saidBy("staff", "environment.Z", "group") };
  const b = launchSettings(config, policyFrom(config, { environment }), { profile: "b" }, false);
  assert.deepEqual(b.environment, { X: "b", Y: "b", Z: "group" });
});

test("a profile for others is forbidden and says whose it is; an unknown one is a mistake", () => {
  const ask = (profile: unknown) => () => launchSettings(config, policy, { profile }, false);
  assert.throws(ask("gpu"), { code: "forbidden", message: /only for members of “staff”\. Choose one of: a, b;/ });
  assert.throws(ask("hidden"), { code: "forbidden", message: /not offered to you/ });
  for (const unknown of ["c", 5, { a: 1 }, []])
    assert.throws(ask(unknown), { code: "bad-request", message: /one of: a, b\./ }, JSON.stringify(unknown));
  const staff = policyFrom(config, { profiles: [...policy.profiles, { name: "gpu", ...given }] });
  assert.equal(launchSettings(config, staff, { profile: "gpu" }, false).profile, "gpu");
});

test("a remembered profile that is gone, or not allowed any more, gives way to the first allowed one", () => {
  for (const profile of ["gone", "gpu"]) assert.equal(launchSettings(config, policy, { profile }, true).profile, "a");
  const onlyGpu = policyFrom(config, { profiles: [{ name: "gpu", ...given }] });
  assert.equal(launchSettings(config, onlyGpu, { profile: "a" }, true).profile, "gpu");
});

test("without any allowed profile nothing can be started, but what runs is still understood", () => {
  const none = policyFrom(config, { profiles: [] });
  for (const remembered of [true, false])
    assert.throws(() => launchSettings(config, none, {}, remembered), {
      code: "forbidden",
      message: /ask your admin/i,
    });
  assert.deepEqual([settingsOfRow(config, none, { profile: "b" }).memory], [2 * GIB]);
});

test("an image of the policy may be chosen in place of the profile's; another is forbidden, or forgotten when remembered", () => {
  const images = [{ reference: "special:2", from: "groups.staff.images", place: null }];
  const staff = policyFrom(config, { images });
  for (const image of ["special:2", ["special:2"]]) {
    const chosen = launchSettings(config, staff, { profile: "b", image }, false);
    assert.deepEqual([chosen.profile, chosen.image, chosen.memory], ["b", "special:2", 8 * GIB]);
  }
  assert.throws(() => launchSettings(config, staff, { image: "evil:1" }, false), {
    code: "forbidden",
    message: /“evil:1” is not offered to you\. Choose one of: special:2/,
  });
  assert.throws(() => launchSettings(config, policy, { image: "special:2" }, false), { code: "forbidden" });
  assert.equal(launchSettings(config, policy, { image: "special:2" }, true).image, "base:1");
  assert.equal(launchSettings(config, policy, { profile: "b", image: "b:1" }, false).image, "b:1", "the profile's own");
});

test("a hub without profiles refuses a choice of one, and has everything from the policy", () => {
  const plain = configSchema.parse({ server: { pids: 5 } });
  const { profile, pids } = launchSettings(plain, policyFrom(plain), { profile: "gone" }, true);
  assert.deepEqual([profile, pids], [null, 5]);
  assert.throws(() => launchSettings(plain, policyFrom(plain), { profile: "a" }, false), { code: "bad-request" });
});
