/** A command wrapped for a container really reaches the hub's socket, and nothing else had to be opened. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { temporaryFolder } from "../../test/support/databases.ts";
import { directReach, REACH_SOCKET, socketReach } from "./reach.ts";

test("the folder is readable by every server, the bridge lies in it, and the wrapped command talks to the hub", async (t) => {
  const folder = join(temporaryFolder(t), "bridge");
  await socketReach(folder, "/");
  const reach = await socketReach(folder, "/base/");
  assert.equal((await stat(folder)).mode & 0o777, 0o755);
  assert.equal((await stat(join(folder, "hub-bridge.py"))).mode & 0o777, 0o644);
  assert.deepEqual(reach.mounts, [{ kind: "bind", source: folder, target: "/run/hublet", readOnly: true }]);
  assert.equal(reach.apiUrl, "http://127.0.0.1:8081/base/hub/api");

  const hub = createServer((request, response) => response.end(`hub says ${request.url}`));
  hub.listen(join(folder, REACH_SOCKET));
  await once(hub, "listening");
  t.after(() => hub.close());
  const ask = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:18083/hub/api').read().decode())";
  const [program = "", ...args] = reach
    .wrapCommand(["python3", "-c", ask])
    .map((part) => part.replace("/run/hublet", folder))
    .flatMap((part) => (part === "--" ? ["--listen", "18083", "--"] : [part]));
  const { stdout } = await promisify(execFile)(program, args, { timeout: 20_000 });
  assert.equal(stdout, "hub says /hub/api\n");
});

test("local processes use the hub's loopback address and their own command", () => {
  const reach = directReach("http://127.0.0.1:4711", "/");
  assert.equal(reach.apiUrl, "http://127.0.0.1:4711/hub/api");
  assert.deepEqual([reach.mounts, reach.wrapCommand(["a", "b"])], [[], ["a", "b"]]);
});
