import assert from "node:assert/strict";
import { test } from "node:test";
import type { PolicyView } from "../../../src/contract/index.ts";
import { givenBy, originOf, policyLines } from "./policy.ts";

const DEFAULT = { place: null, over: [] };
const POLICY: PolicyView = {
  memory: {
    value: 4 * 1024 ** 3,
    from: "groups.staff.memory",
    place: "hublet.yaml:12:5",
    over: [{ value: 1024 ** 3, from: "groups.guests.memory", place: "hublet.yaml:30:5" }],
  },
  cpus: { value: 2, from: "server.cpus", ...DEFAULT },
  pids: { value: 2048, from: "server.pids", ...DEFAULT },
  maximumServers: { value: 5, from: "server.maximumServers", place: "hublet.yaml:4:3", over: [] },
  idleTimeout: { value: null, from: "server.idleTimeout", ...DEFAULT },
  maximumAge: { value: 3600, from: "groups.a.b.maximumAge", place: "hublet.yaml:40:5", over: [] },
  sharing: { value: false, from: "server.sharing", ...DEFAULT },
  environment: { LANG: { value: "de", from: "groups.staff.environment.LANG", place: "hublet.yaml:14:7", over: [] } },
  mounts: [
    {
      source: "/srv/data",
      target: "/data",
      readOnly: true,
      optional: false,
      from: "groups.staff.mounts.0",
      place: "hublet.yaml:16:7",
    },
  ],
  profiles: [{ name: "gpu", from: "groups.staff.profiles.0", place: "hublet.yaml:18:7" }],
  images: [],
  groupIds: [],
};
const GROUPS = ["a", "a.b", "guests", "staff"];

test("each line says its value, who said it, and what lost", () => {
  const lines = policyLines(POLICY, GROUPS);
  const [memory] = lines;
  assert.deepEqual(memory?.value, { kind: "bytes", value: 4 * 1024 ** 3 });
  assert.deepEqual(
    [memory?.origin.kind, memory?.origin.group, memory?.origin.place],
    ["group", "staff", "hublet.yaml:12:5"],
  );
  assert.deepEqual(
    memory?.over.map(({ value, origin }) => [value, origin.group]),
    [[{ kind: "bytes", value: 1024 ** 3 }, "guests"]],
  );
  assert.deepEqual(
    lines.map(({ what }) => what),
    [
      "memory",
      "cpus",
      "pids",
      "maximumServers",
      "idleTimeout",
      "maximumAge",
      "sharing",
      "mount",
      "profile",
      "environment",
    ],
  );
  assert.equal(lines.at(-1)?.of, "LANG");
});

test("what is written nowhere is a default; what `server` says is for everybody", () => {
  const kinds = policyLines(POLICY, GROUPS).map(({ what, origin }) => [what, origin.kind]);
  assert.deepEqual(kinds[1], ["cpus", "default"]);
  assert.deepEqual(kinds[3], ["maximumServers", "everybody"]);
});

test("a group's name may contain dots", () => {
  assert.equal(originOf({ from: "groups.a.b.maximumAge", place: null }, GROUPS).group, "a.b");
  assert.equal(originOf({ from: "groups.a.memory", place: null }, GROUPS).group, "a");
  assert.equal(originOf({ from: "groups.gone.memory", place: null }, GROUPS).group, "gone");
});

test("what one group gives are the lines that hold because of it", () => {
  const whats = (group: string) => givenBy(policyLines(POLICY, GROUPS), group).map(({ what }) => what);
  assert.deepEqual(whats("staff"), ["memory", "mount", "profile", "environment"]);
  assert.deepEqual(whats("guests"), []);
});
