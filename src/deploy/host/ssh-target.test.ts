import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HubError } from "../../kernel/index.ts";
import { parseTarget } from "./ssh-target.ts";

describe("the host that ssh is to reach", () => {
  for (const [target, destination, port] of [
    ["lab", "lab", undefined],
    ["ada@lab.example.org", "ada@lab.example.org", undefined],
    ["ada@lab:2222", "ada@lab", 2222],
    ["[2001:db8::1]:22", "2001:db8::1", 22],
    ["root@2001:db8::1", "root@2001:db8::1", undefined],
    ["192.0.2.7:22", "192.0.2.7", 22],
  ] as const) {
    it(`reads ${target}`, () => assert.deepEqual(parseTarget(target), { destination, port }));
  }

  it("refuses what ssh would take for an option, or a shell for a command", () => {
    for (const target of ["", "-oProxyCommand=x", "a@-x", "-l@host", "lab:0", "lab:99999", "a b", "lab;id", "@lab"])
      assert.throws(
        () => parseTarget(target),
        (error) => error instanceof HubError && error.code === "bad-request",
        target,
      );
  });
});
