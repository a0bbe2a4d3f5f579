import assert from "node:assert/strict";
import test from "node:test";
import { HubError } from "../../kernel/index.ts";
import { needHost } from "./need-host.ts";

const INSIDE = { HUBLET_SECRETS: "/run/secrets" };

test("what sets up a host is refused in the hub's container, with where to call it", () => {
  for (const word of ["apply", "doctor", "rollback"])
    assert.throws(
      () => needHost([word], INSIDE),
      (error) => error instanceof HubError && error.code === "usage" && error.message.includes(`./hublet ${word}`),
    );
});

test("commands to the hub are let through there, and all of them elsewhere", () => {
  needHost(["user", "add"], INSIDE);
  needHost(["apply"], {});
});
