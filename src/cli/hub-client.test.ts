import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { z } from "zod";
import { connectHub } from "./hub-client.ts";
import { statePaths } from "./instance.ts";

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

test("what the hub works on is waited for longer than an answer", async (context) => {
  const state = mkdtempSync(join(tmpdir(), "hublet-slow-"));
  context.after(() => rmSync(state, { recursive: true }));
  const { hubSocket, secrets } = statePaths(state);
  for (const folder of [secrets, dirname(hubSocket)]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(secrets, "cli.token"), "token");
  const late = Promise.withResolvers<void>();
  const server = createServer((_request, response) => void late.promise.then(() => response.end('"done"')));
  await new Promise<void>((resolve) => server.listen(hubSocket, resolve));
  const hub = connectHub({ state, secrets }, 200);
  context.after(async () => {
    await hub.close();
    server.close();
  });
  const work = hub.work("/hublet/images/push", z.string(), {});
  await assert.rejects(hub.request("GET", "/", z.unknown()), { code: "hub-unreachable" });
  late.resolve();
  assert.equal(await work, "done");
});
