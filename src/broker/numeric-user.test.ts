/** Under a daemon of root: the user of who gets a writable folder of the host is the one that was looked at. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hostView } from "./host-view.ts";
import { startBroker } from "./server.ts";
import { bind, POLICY, serverOf } from "./test-support/bodies.ts";

test("the image's user is said to the engine, which may find another image by then", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "hublet-user-"));
  context.after(() => rm(folder, { recursive: true }));
  const home = join(folder, "ada");
  await mkdir(home);
  let made: { User?: string } = {};
  const engine = createServer((asked, answer) => {
    const path = asked.url ?? "";
    const json = (status: number, body: unknown) => answer.writeHead(status).end(JSON.stringify(body));
    if (path.includes("/images/")) json(200, { Id: "x", RepoTags: [], RepoDigests: [], Config: { User: "1000" } });
    else if (path.includes("/networks/"))
      json(200, { Id: "n", Name: "jupyter-ada", Labels: { "hublet.hub": "hub-1" } });
    else if (path.includes("/containers/create")) {
      let text = "";
      asked.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      asked.on("end", () => {
        made = JSON.parse(text) as typeof made;
        json(201, { Id: "c" });
      });
    } else json(404, { message: "nothing" });
  });
  const engineSocket = join(folder, "engine.sock");
  await new Promise<void>((resolve) => engine.listen(engineSocket, resolve));
  context.after(() => engine.close());
  const listenSocket = join(folder, "broker.sock");
  const broker = await startBroker({
    ...{ engineSocket, listenSocket, socketMode: 0o600, pinsFile: join(folder, "hub.json"), view: hostView("") },
    policy: () => ({ ...POLICY, engine: "docker", binds: [{ source: `${folder}/{username}`, readOnly: false }] }),
    accountOf: () => undefined,
    log: { warn: () => undefined, error: (facts) => assert.fail(JSON.stringify(facts)) },
  });
  context.after(() => broker.close());
  const body = serverOf({}, { NetworkMode: "jupyter-ada", Mounts: [bind(home, false)] });
  const status = await new Promise((resolve, reject) => {
    request({
      socketPath: listenSocket,
      method: "POST",
      path: "/v1.41/containers/create?name=jupyter-ada",
      headers: { "content-type": "application/json" },
      agent: false,
    })
      .once("error", reject)
      .once("response", (answer) => resolve(answer.resume().statusCode))
      .end(JSON.stringify(body));
  });
  assert.deepEqual([status, made.User], [201, "1000:100"]);
});
