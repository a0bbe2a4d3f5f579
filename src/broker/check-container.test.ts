import assert from "node:assert/strict";
import { test } from "node:test";
import { checkHelper, checkServer } from "./check-container.ts";
import { helperBody, serverBody } from "./container-schema.ts";
import { Refusal } from "./refusal.ts";
import { bind, helperOf, POLICY, serverOf } from "./test-support/bodies.ts";

const HOME = bind("/home/jupyter-ada", false);
const rules = {
  policy: { ...POLICY, hostAccounts: true },
  accountOf: (user: string) =>
    user === "ada" ? { account: "jupyter-ada", uid: 1005, gid: 1006, groups: [44] } : undefined,
};
const server = (changes: object, host: object) =>
  checkServer(rules, "jupyter-ada", serverBody.parse(serverOf({ ...changes }, { Mounts: [HOME], ...host })));

test("where people are accounts of the host, servers run as the person's, in its groups and those of the configuration", () => {
  server({ User: "1005:1006" }, { GroupAdd: ["44", "100", "2000"] });
  for (const [changes, host] of [
    [{ User: "1005:6" }, {}],
    [{ User: "1001:1001" }, {}],
    [{ User: "1005" }, {}],
    [{}, {}],
    [{ User: "1005:1006" }, { GroupAdd: ["999"] }],
    [{ User: "1005:1006", Labels: { "hublet.hub": "hub-1", "hub.jupyter.org/username": "bob" } }, { Mounts: [] }],
  ] as const)
    assert.throws(() => server(changes, host), Refusal, JSON.stringify([changes, host]));
});

test("so do helpers that see a folder of the host; those that see a volume keep their rights", () => {
  const helper = (changes: object, host: object) =>
    checkHelper(rules, "hublet-fill-x", helperBody.parse(helperOf({ ...changes }, { ...host })));
  const labels = { "hublet.export": "hub-1", "hub.jupyter.org/username": "ada" };
  const plain = { CapAdd: [], Mounts: [HOME] };
  helper({}, {});
  helper({ User: "1005:1006", Labels: labels }, plain);
  assert.throws(() => helper({ User: "1005:999", Labels: labels }, plain), Refusal);
});
