/** What a hub that was killed left on a real Podman is gone when the next one watches. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "undici";
import { makeBusyboxRoot, startPodman } from "../../../test/support/engines.ts";
import { ClosingStack, randomHex } from "../../kernel/index.ts";
import { eventually, patience, watching } from "../contract-support.ts";
import { createPodmanDriver } from "./index.ts";

test("containers that looked or built for an earlier process go, this process's and another hub's stay", async (t) => {
  const stack = new ClosingStack();
  t.after(() => stack.close());
  const podman = stack.add(await startPodman());
  const root = stack.add(await makeBusyboxRoot());
  const hub = `test-${randomHex(4)}`;
  const driver = stack.add(createPodmanDriver({ socketPath: podman.socketPath, hub }));
  const reference = `localhost/hublet-test/left-${hub}:1`;
  const settings = { reference, entrypoint: ["/bin/sh"], command: [], user: "0", workingDirectory: "/" };
  await driver.images?.importRoot(root.tarPath, { ...settings, environment: {}, labels: {} }, { signal: patience() });
  stack.defer(() => driver.images?.remove(reference));
  const engine = new Client("http://engine", { socketPath: podman.socketPath });
  stack.defer(() => engine.close());
  const send = async (method: "GET" | "POST" | "DELETE", path: string, body?: unknown) => {
    const headers = { "content-type": "application/json" };
    const answer = await engine.request({
      ...{ method, path, headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    await answer.body.dump();
    return answer.statusCode;
  };
  const left = async (name: string, of: string) => {
    const body = { Image: reference, Labels: { "hublet.export": of } };
    assert.equal(await send("POST", `/containers/create?name=${name}`, body), 201);
    stack.defer(async () => void (await send("DELETE", `/containers/${name}?force=true`)));
  };
  const isThere = async (name: string) => (await send("GET", `/containers/${name}/json`)) === 200;
  const names = ["hublet-probe-", "hublet-build-"].map((prefix) => `${prefix}${randomHex(8)}`);
  for (const name of names) await left(name, hub);
  const foreign = `hublet-build-${randomHex(8)}`;
  await left(foreign, "stranger");

  await (await watching(driver, hub)).close();
  for (const name of names) assert.ok(await isThere(name), "made since this process began");
  // As in a process that begins after they were made.
  t.mock.method(process, "uptime", () => -60);
  const watched = await watching(driver, hub);
  for (const name of names) await eventually(`${name} is gone`, async () => ((await isThere(name)) ? undefined : true));
  assert.ok(await isThere(foreign));
  await watched.close();
});
