import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { z } from "zod";
import { connectHub } from "./hub-client.ts";

test("a hub that is away is to be started by whoever starts it: “up”, or what runs its container", async (context) => {
  const state = mkdtempSync(join(tmpdir(), "hublet-away-"));
  context.after(() => rmSync(state, { recursive: true }));
  for (const [folder, advice] of [
    ["secrets", /it is not running\. Start it with “hublet up”/],
    ["mounted", /it is not running\. It is started again by itself\. .*“hublet logs hub” on the host/],
  ] as const) {
    const secrets = join(state, folder);
    mkdirSync(secrets);
    writeFileSync(join(secrets, "cli.token"), "token");
    const hub = connectHub({ state, secrets });
    context.after(() => hub.close());
    await assert.rejects(hub.request("GET", "/", z.unknown()), { code: "hub-unreachable", message: advice });
  }
});
