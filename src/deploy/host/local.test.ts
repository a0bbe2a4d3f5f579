import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HubError } from "../../kernel/index.ts";
import { hostContract } from "./contract.ts";
import { openHost } from "./open.ts";

const here = { interactive: false, note: () => undefined, target: undefined } as const;

if (process.geteuid?.() === 0) {
  hostContract("this one", () => here);
} else {
  describe("this host", () => {
    it("is changed by root alone", async () => {
      await assert.rejects(openHost(here), (error) => {
        assert.ok(error instanceof HubError);
        assert.equal(error.code, "forbidden");
        assert.match(error.message, /with sudo/);
        return true;
      });
    });
  });
}
