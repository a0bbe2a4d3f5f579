/** The program's secrets and its end, as its container needs them. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { WebSocket, WebSocketServer } from "ws";
import { startBackend } from "./test-support/backend.ts";
import { ask, eventually } from "./test-support/client.ts";
import { freePort, startProgram } from "./test-support/proxies.ts";

const PROGRAM = fileURLToPath(new URL("../main/proxy.ts", import.meta.url));
const TOKEN = "token-of-the-API-in-a-file-long-enough-for-it";

async function fileWith(t: TestContext, text: string, mode: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hublet-proxy-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "secret");
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}

/** Its exit status and what it said, without a token in its environment. */
async function run(args: readonly string[]): Promise<{ readonly status: unknown; readonly said: string }> {
  const { CONFIGPROXY_AUTH_TOKEN: _, ...env } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "ignore", "pipe"], env });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [status] = await once(child, "close");
  return { status, said };
}

test("the API's token may come in a file that nobody else may read", async (t) => {
  const file = await fileWith(t, `${TOKEN}\n`, 0o400);
  const [port, apiPort] = [await freePort(), await freePort()];
  const { CONFIGPROXY_AUTH_TOKEN: _, ...env } = process.env;
  const args = ["--ip=127.0.0.1", `--port=${port}`, "--api-ip=127.0.0.1", `--api-port=${apiPort}`];
  const child = spawn(process.execPath, [PROGRAM, ...args, "--auth-token-file", file], { stdio: "ignore", env });
  t.after(() => child.kill("SIGKILL"));
  const status = (authorization: string) =>
    ask(apiPort, "/api/routes", { headers: { authorization } }).then(
      (reply) => reply.status,
      () => 0,
    );
  await eventually(async () => (await status(`token ${TOKEN}`)) === 200, "the token to be taken", 20_000);
  assert.equal(await status("token another"), 403);
});

test("a token that others may read, that is short or is given twice is refused", async (t) => {
  for (const mode of [0o440, 0o604]) {
    const { status, said } = await run(["--auth-token-file", await fileWith(t, TOKEN, mode)]);
    assert.equal(status, 1);
    assert.match(said, /^The token of the API .* cannot be used: others may read it \(mode (440|604)\)/);
  }
  assert.match((await run(["--auth-token-file", await fileWith(t, "short", 0o600)])).said, /shorter than 32/);
  assert.match((await run(["--gate-key-file", await fileWith(t, TOKEN, 0o644)])).said, /gate key .* others may read/);
});

test("told to end, it does so within its grace, whoever is still connected", async (t) => {
  const backend = await startBackend();
  const sockets = new WebSocketServer({ server: backend.server });
  const proxy = await startProgram("hublet", ["--grace=1"]);
  t.after(async () => {
    await proxy.close();
    for (const socket of sockets.clients) socket.terminate();
    await backend.close();
  });
  await proxy.route("/", { target: backend.url });
  const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/ws`);
  socket.on("error", () => undefined);
  await once(socket, "open");
  const cut = once(socket, "close");
  const began = performance.now();
  const gone = once(proxy.child, "exit");
  proxy.child.kill("SIGTERM");
  await cut;
  const tookMs = performance.now() - began;
  assert.deepEqual(await gone, [2, null]);
  assert.ok(tookMs >= 900 && tookMs < 10_000, `${tookMs} ms`);
});
