import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { snapshotFromText } from "../../config/index.ts";
import type { PolicyView } from "../../contract/index.ts";
import { compileRules } from "../rules/rules.ts";

const GIB = 1024 ** 3;

function policy(yaml: string, groups: readonly string[]): PolicyView {
  return compileRules(snapshotFromText(yaml)).policyOf([...groups].sort());
}

describe("limits", () => {
  const yaml = `
server: {memory: 2G, cpus: 4, idleTimeout: 1h}
groups:
  big: {memory: 8G, idleTimeout: 2h}
  small: {memory: 1G, cpus: 1, idleTimeout: off}
  quiet: {description: says nothing}
`;

  test("are the server's when no group says anything", () => {
    const { memory, maximumServers } = policy(yaml, ["quiet"]);
    assert.deepEqual(memory, { value: 2 * GIB, from: "server.memory", place: "hublet.yaml:2:18", over: [] });
    assert.deepEqual([maximumServers.value, maximumServers.from], [5, "server.maximumServers"]);
  });

  test("are the largest of what groups say, also when the server's is larger", () => {
    const { memory, cpus, idleTimeout } = policy(yaml, ["big", "small", "quiet"]);
    assert.equal(memory.value, 8 * GIB);
    assert.equal(memory.from, "groups.big.memory");
    assert.equal(memory.place, "hublet.yaml:4:17");
    assert.deepEqual(
      memory.over.map(({ value, from }) => [value, from]),
      [
        [GIB, "groups.small.memory"],
        [2 * GIB, "server.memory"],
      ],
    );
    assert.deepEqual([cpus.value, cpus.from], [1, "groups.small.cpus"]);
    // Never is longer than any time.
    assert.deepEqual([idleTimeout.value, idleTimeout.from], [null, "groups.small.idleTimeout"]);
  });
});

describe("grants", () => {
  const yaml = `
profiles:
  - {name: open, title: Open}
  - {name: gpu, title: GPU, everyone: false}
  - {name: secret, title: Secret, everyone: false}
groups:
  a: {profiles: [gpu], images: [one, two], sharing: true, groupIds: [3000, 1001]}
  b: {images: [two, three], sharing: false, profiles: [open], groupIds: [3000, 50]}
`;

  test("add up", () => {
    const { profiles, images, sharing } = policy(yaml, ["a", "b"]);
    assert.deepEqual(
      profiles.map(({ name, from, place }) => [name, from, place]),
      [
        ["open", "profiles.open", "hublet.yaml:3:5"],
        ["gpu", "groups.a.profiles", "hublet.yaml:7:18"],
      ],
    );
    assert.deepEqual(
      images.map(({ reference, from }) => [reference, from]),
      [
        ["one", "groups.a.images"],
        ["two", "groups.a.images"],
        ["three", "groups.b.images"],
      ],
    );
    assert.deepEqual([sharing.value, sharing.from], [true, "groups.a.sharing"]);
  });

  test("of group numbers add up too, with the server's own", () => {
    const { groupIds } = policy(`server: {groupIds: [100, 1001]}\n${yaml}`, ["a", "b"]);
    assert.deepEqual(
      groupIds.map(({ value, from, place }) => [value, from, place]),
      [
        [50, "groups.b.groupIds", "hublet.yaml:9:80"],
        [100, "server.groupIds", "hublet.yaml:1:21"],
        [1001, "server.groupIds", "hublet.yaml:1:26"],
        [3000, "groups.a.groupIds", "hublet.yaml:8:70"],
      ],
    );
    assert.deepEqual(policy(yaml, []).groupIds, []);
  });

  test("are not taken away by another's no", () => {
    assert.equal(policy(`server: {sharing: true}\n${yaml}`, ["b"]).sharing.value, true);
    const { sharing } = policy(yaml, ["b"]);
    assert.deepEqual([sharing.value, sharing.from], [false, "groups.b.sharing"]);
  });
});

describe("environment and mounts", () => {
  const yaml = `
server:
  environment: {A: server, B: server, C: server}
  mounts:
    - {source: /srv/data, target: /data}
    - {source: common, target: "/home/{username}/common", readOnly: false}
groups:
  early: {environment: {A: early, B: early}, mounts: [{source: /srv/early, target: /work}]}
  late: {environment: {A: late}, mounts: [{source: /srv/late, target: /work/}, {source: /srv/data/, target: /data, readOnly: false}]}
  over: {priority: 5, environment: {B: over}, mounts: [{source: /srv/over, target: /data, optional: true}]}
`;

  test("go by priority, then by name, and the server comes last", () => {
    const { environment } = policy(yaml, ["late", "over", "early"]);
    const said = Object.entries(environment).map(([name, { value, over }]) => [name, value, over.map((o) => o.value)]);
    assert.deepEqual(said, [
      ["A", "early", ["late", "server"]],
      ["B", "over", ["early", "server"]],
      ["C", "server", []],
    ]);
    assert.equal(environment.B?.place, "hublet.yaml:10:40");
  });

  test("of a target there is one mount", () => {
    const { mounts } = policy(yaml, ["early", "late", "over"]);
    assert.deepEqual(
      mounts.map(({ source, target, readOnly, optional, from }) => [source, target, readOnly, optional, from]),
      [
        ["/srv/over", "/data", true, true, "groups.over.mounts"],
        ["common", "/home/{username}/common", false, false, "server.mounts"],
        ["/srv/early", "/work", true, false, "groups.early.mounts"],
      ],
    );
  });

  test("of the same source, one that may be written to", () => {
    const { mounts } = policy(yaml, ["late"]);
    assert.deepEqual(
      mounts.find((mount) => mount.target === "/data"),
      {
        source: "/srv/data/",
        target: "/data",
        readOnly: false,
        optional: false,
        from: "groups.late.mounts",
        place: "hublet.yaml:9:80",
      },
    );
  });

  test("a variable or group may be called as what objects have already", () => {
    const odd = "groups: {constructor: {environment: {toString: x}}, b: {environment: {hasOwnProperty: y}}}";
    const { environment } = policy(odd, ["b", "constructor", "valueOf"]);
    assert.deepEqual(Object.keys(environment).sort(), ["hasOwnProperty", "toString"]);
  });
});

test("a policy depends on the set of groups alone, not on where they are written; more groups never give less", () => {
  const names = ["a", "b", "c", "d"];
  const said = fc.record(
    {
      priority: fc.integer({ min: -2, max: 2 }),
      memory: fc.integer({ min: 1, max: 5 }),
      maximumAge: fc.oneof(fc.constant("off"), fc.integer({ min: 1, max: 5 })),
      sharing: fc.boolean(),
      images: fc.subarray(["x", "y", "z"]),
      groupIds: fc.subarray([1, 2, 3]),
      profiles: fc.subarray(["p", "q"]),
      environment: fc.dictionary(fc.constantFrom("E", "F"), fc.constantFrom("1", "2")),
      mounts: fc.uniqueArray(
        fc.record({
          source: fc.constantFrom("/s", "/t"),
          target: fc.constantFrom("/m", "/n"),
          readOnly: fc.boolean(),
        }),
        { maxLength: 2, selector: ({ target }) => target },
      ),
    },
    { requiredKeys: [] },
  );
  const profiles = ["p", "q"].map((name) => ({ name, title: name, everyone: false }));
  fc.assert(
    fc.property(
      fc.array(said, { minLength: 4, maxLength: 4 }),
      fc.shuffledSubarray(names, { minLength: 4 }),
      fc.subarray(names),
      fc.constantFrom(...names),
      (rules, order, members, joined) => {
        const entries = names.map((name, index) => [name, rules[index]] as const);
        const text = (keys: readonly string[]) =>
          JSON.stringify({ profiles, groups: Object.fromEntries(keys.map((key) => [key, new Map(entries).get(key)])) });
        const one = policy(text(names), members);
        assert.deepEqual(withoutPlaces(policy(text(order), members)), withoutPlaces(one));
        const more = policy(text(names), [...new Set([...members, joined])]);
        assert.ok(one.images.every(({ reference }) => more.images.some((image) => image.reference === reference)));
        assert.ok(one.groupIds.every(({ value }) => more.groupIds.some((group) => group.value === value)));
        assert.ok(one.profiles.every(({ name }) => more.profiles.some((profile) => profile.name === name)));
        assert.ok(!one.sharing.value || more.sharing.value);
        const targets = new Set(more.mounts.map(({ target }) => target));
        assert.ok(one.mounts.every(({ target }) => targets.has(target)));
        if (one.memory.from !== "server.memory") assert.ok(more.memory.value >= one.memory.value);
        if (one.maximumAge.from !== "server.maximumAge")
          assert.ok((more.maximumAge.value ?? Infinity) >= (one.maximumAge.value ?? Infinity));
      },
    ),
    { numRuns: 60 },
  );
});

function withoutPlaces(view: PolicyView): unknown {
  return JSON.parse(JSON.stringify(view, (key, value) => (key === "place" ? undefined : value)));
}
