import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { containerName, DEFAULT_SERVER, randomHex, serverName, trialName, userName } from "../kernel/index.ts";
import { checkHelper, checkServer } from "./check-container.ts";
import { helperBody, networkBody, serverBody } from "./container-schema.ts";
import { helperOf, POLICY, serverOf } from "./test-support/bodies.ts";

const FORBIDDEN =
  /"(?:Privileged|Binds|Devices|DeviceRequests|PidMode|UTSMode|UsernsMode|VolumesFrom|CgroupParent|Sysctls|Runtime|ExtraHosts|Links|VolumeOptions|Ulimits)"/i;
const words = fc.constantFrom(
  ...["Privileged", "privileged", "Binds", "Devices", "PidMode", "UsernsMode", "VolumesFrom", "Runtime", "Sysctls"],
  ...["NetworkMode", "CapAdd", "CapDrop", "SecurityOpt", "Mounts", "User", "IpcMode", "Tmpfs", "VolumeOptions"],
  ...["hostConfig", "HostConfig", "BindOptions", "__proto__", "constructor", "Source", "Type", "GroupAdd"],
);
const values = fc.oneof(
  fc.constantFrom<unknown>(true, "host", ["/:/host"], "0:0", [], ["ALL"], ["SYS_ADMIN"], "container:x", null, {}),
  fc.json().map((text): unknown => JSON.parse(text)),
);
const changes = fc.dictionary(words, values, { maxKeys: 3 });

/** What is sent on of a body, or undefined when it is refused. */
function passed(kind: "server" | "helper", body: unknown, name = "jupyter-ada"): string | undefined {
  const rules = { policy: POLICY, accountOf: () => undefined };
  const data: unknown = JSON.parse(JSON.stringify(body));
  try {
    if (kind === "server") {
      const made = serverBody.parse(data);
      checkServer(rules, name, made);
      return JSON.stringify(made);
    }
    const made = helperBody.parse(data);
    checkHelper(rules, "hublet-pack-x", made);
    return JSON.stringify(made);
  } catch {
    return undefined;
  }
}

test("the honest bodies pass, so that what follows can fail", () => {
  assert.ok(passed("server", serverOf()) !== undefined);
  assert.ok(passed("helper", helperOf()) !== undefined);
});

test("servers of people with any name pass, and images that are tried out, each with a network of its own", () => {
  const people = ["ada", "åsa", "_x", "Δημήτρης", "o'hara", "x".repeat(64)].map(userName);
  const names = [
    ...people.flatMap((user) => [containerName(user, DEFAULT_SERVER), containerName(user, serverName("gpu-2"))]),
    trialName(randomHex(6)),
  ];
  for (const name of names) {
    assert.ok(passed("server", serverOf({}, { Mounts: [], NetworkMode: name }), name) !== undefined, name);
    assert.ok(networkBody.shape.Name.safeParse(name).success, name);
  }
  for (const name of ["strangers", "hublet-trial-", "hublet-hub", "jupyter-", "hublet-trial-../x"])
    assert.equal(passed("server", serverOf(), name), undefined, name);
});

test("whatever is asked for, nothing that gives power is ever sent on", () => {
  fc.assert(
    fc.property(changes, changes, fc.constantFrom("server" as const, "helper" as const), (body, host, kind) => {
      const text = passed(kind, kind === "server" ? serverOf(body, host) : helperOf(body, host));
      if (text === undefined) return;
      assert.doesNotMatch(text, FORBIDDEN);
      assert.match(text, /"CapDrop":\["ALL"\]/);
      assert.match(text, /"SecurityOpt":\["no-new-privileges"\]/);
      assert.doesNotMatch(text, /"NetworkMode":"(?:host|container)/);
      if (kind === "server") assert.doesNotMatch(text, /"User":"0|"CapAdd"/);
    }),
    { numRuns: 3000 },
  );
});
