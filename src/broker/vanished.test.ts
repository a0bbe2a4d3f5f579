/** A container may end, and be cleared away by the engine, while the hub asks for its removal. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createPodmanDriver, type Driver } from "../drivers/index.ts";
import { ClosingStack } from "../kernel/index.ts";
import { hostView } from "./host-view.ts";
import { startBroker } from "./server.ts";
import { HUB, POLICY } from "./test-support/bodies.ts";

/** As Podman 5.4 says it: it looks into its database twice. */
const GONE = `no container with ID ${"a".repeat(64)} found in database: no such container`;

test("what vanishes while it is described is gone, by the engine's socket and by the broker's", async (context) => {
  const stack = new ClosingStack();
  context.after(() => stack.close());
  const folder = await mkdtemp(join(tmpdir(), "hublet-vanished-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const asked: string[] = [];
  const engine = createServer((request, answer) => {
    const path = request.url ?? "";
    asked.push(path);
    if (path.includes("/version")) answer.end('{"ApiVersion":"1.41","MinAPIVersion":"1.24","Version":"5.4.2"}');
    else answer.writeHead(500).end(JSON.stringify({ cause: "no such container", message: GONE, response: 500 }));
  });
  const engineSocket = join(folder, "engine.sock");
  await new Promise<void>((resolve) => engine.listen(engineSocket, resolve));
  stack.defer(async () => void engine.close());
  const listenSocket = join(folder, "broker.sock");
  stack.add(
    await startBroker({
      ...{ engineSocket, listenSocket, socketMode: 0o600, pinsFile: join(folder, "hub.json"), view: hostView("") },
      ...{ policy: () => POLICY, accountOf: () => undefined },
      log: {
        warn: (facts) => assert.fail(JSON.stringify(facts)),
        error: (facts) => assert.fail(JSON.stringify(facts)),
      },
    }),
  );
  for (const socketPath of [engineSocket, listenSocket]) {
    const driver: Driver = stack.add(createPodmanDriver({ socketPath, hub: HUB }));
    assert.equal(await driver.observe("jupyter-ada"), undefined, socketPath);
  }
  assert.equal(asked.filter((path) => path.includes("/containers/jupyter-ada/json")).length, 2);
});
