/** The program's life: killed and back, draining, addresses in use, sockets left over. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer as createNetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { WebSocket, WebSocketServer } from "ws";
import { HubError, systemClock } from "../kernel/index.ts";
import { startProxy } from "./index.ts";
import { startBackend } from "./test-support/backend.ts";
import { ask, eventually, rawClient } from "./test-support/client.ts";
import { freePort, silentLog, startOurs, startProgram } from "./test-support/proxies.ts";

describe("life", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "hublet-proxy-"));
  });

  after(() => rm(folder, { recursive: true }));

  test("killed with SIGKILL, it serves its old routes again within a second of its start", async (t) => {
    const backend = await startBackend();
    t.after(() => backend.close());
    const routesFile = join(folder, "killed", "routes.json");
    const more = [`--routes-file=${routesFile}`, "--log-level=error"];
    const first = await startProgram("hublet", more);
    t.after(() => first.close());
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => first.route(`/user/u${i}`, { target: backend.url, user: `u${i}` })),
    );
    await first.api("/user/u3", { method: "DELETE" });
    const table = JSON.parse((await first.api("")).body);
    await first.close();
    assert.equal((await stat(routesFile)).mode & 0o777, 0o600);

    const second = await startProgram("hublet", more, first);
    t.after(() => second.close());
    // Before a request is activity.
    const stored = JSON.parse((await second.api("")).body);
    const reply = await ask(second.port, "/user/u7/lab");
    // Its CPU time, which is what its start takes on a machine that does nothing else.
    const seconds = cpuSeconds(second.child.pid ?? 0);
    assert.equal(reply.body, "ok");
    assert.deepEqual(stored, table);
    assert.equal((await ask(second.port, "/user/u3")).status, 404);
    assert.ok(seconds < 1, `it took ${seconds} s`);
  });

  test("a routes file that makes no sense is set aside, and the proxy starts", async () => {
    const routesFile = join(folder, "nonsense.json");
    await writeFile(routesFile, '{"version":1,"routes":{"/a":');
    const proxy = await startOurs({ routesFile });
    assert.equal((await proxy.api("")).body, "{}");
    await proxy.route("/b", { target: "http://127.0.0.1:1" });
    await proxy.close();
    assert.match(await readFile(`${routesFile}.broken`, "utf8"), /"\/a":$/);
    assert.deepEqual(Object.keys(JSON.parse(await readFile(routesFile, "utf8")).routes), ["/b"]);
  });

  test("a disk that cannot be written to does not keep routes from working", async () => {
    const proxy = await startOurs({ routesFile: join(folder, "nonsense.json", "below-a-file.json") });
    await proxy.route("/b", { target: "http://127.0.0.1:1" });
    assert.equal((await proxy.api("/b")).status, 200);
    await proxy.close();
  });

  test("a websocket outlives changes of other routes, and the replacement of its own", async () => {
    const backend = await startBackend();
    const echo = new WebSocketServer({ server: backend.server });
    echo.on("connection", (peer) => peer.on("message", (data) => peer.send(`${data}`)));
    const proxy = await startOurs();
    await proxy.route("/user/a", { target: backend.url });
    await proxy.route("/user/b", { target: backend.url });
    const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/user/a/ws`);
    await new Promise((resolve) => socket.once("open", resolve));
    await proxy.route("/user/c", { target: backend.url });
    await proxy.api("/user/b", { method: "DELETE" });
    await proxy.route("/user/a", { target: "http://127.0.0.1:1" });
    const echoed = new Promise((resolve) => socket.once("message", (data) => resolve(`${data}`)));
    socket.send("still here");
    assert.equal(await echoed, "still here");
    socket.terminate();
    await proxy.close();
    await backend.close();
  });

  test("closing lets requests finish, takes no new ones, and cuts what is left", async () => {
    const answers: (() => void)[] = [];
    const backend = await startBackend((res) => answers.push(() => res.end("finished")));
    const proxy = await startProxy({
      listen: { host: "127.0.0.1", port: 0 },
      api: { host: "127.0.0.1", port: 0 },
      defaultTarget: backend.url,
      log: silentLog,
      clock: systemClock,
    });
    const port = Number(URL.parse(proxy.address)?.port);
    const idle = await rawClient(port);
    idle.send("GET /_chp_healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    await idle.until("OK");
    const pending = ask(port, "/slow");
    const hanging = ask(port, "/hanging");
    await eventually(() => answers.length === 2, "both requests");
    const closing = proxy.close({ graceMs: 300 });
    await idle.closed();
    await assert.rejects(ask(port, "/new"), /ECONNREFUSED/);
    answers[0]?.();
    const settled = await Promise.race([pending, hanging]);
    assert.equal(settled.body, "finished");
    assert.equal(settled.headers.connection, "close");
    await assert.rejects(Promise.all([pending, hanging]), /socket hang up|ECONNRESET/);
    await closing;
    await backend.close();
  });

  test("an address in use ends the program at once, with one line that says what to do", async () => {
    const occupant = createNetServer();
    await new Promise<void>((resolve) => occupant.listen(0, "127.0.0.1", resolve));
    const address = occupant.address();
    assert.ok(typeof address === "object" && address !== null);
    const program = fileURLToPath(new URL("../main/proxy.ts", import.meta.url));
    for (const args of [
      [`--port=${address.port}`, `--api-port=${await freePort()}`],
      [`--port=${await freePort()}`, `--api-port=${address.port}`],
    ]) {
      const child = spawn(
        process.execPath,
        [program, "--ip=127.0.0.1", "--api-ip=127.0.0.1", "--log-level=error", ...args],
        {
          stdio: ["ignore", "ignore", "pipe"],
        },
      );
      let text = "";
      child.stderr.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      assert.equal(await new Promise((resolve) => child.once("close", (code) => resolve(code))), 1);
      assert.match(
        text,
        new RegExp(`^The (public|API) address 127\\.0\\.0\\.1:${address.port} is in use .*\\. Stop .*\\n$`),
      );
    }
    occupant.close();
  });

  test("unix sockets: private API, stale files removed, living ones respected", async (t) => {
    const options = (name: string) => ({
      listen: { socket: join(folder, `${name}.sock`) },
      api: { socket: join(folder, `${name}-api.sock`) },
      log: silentLog,
      clock: systemClock,
    });
    const path = join(folder, "one-api.sock");
    const code = `require("net").createServer().listen(${JSON.stringify(path)}, () => console.log("listening"))`;
    const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
    t.after(() => child.kill("SIGKILL"));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    await assert.rejects(
      startProxy(options("one")),
      (error) => error instanceof HubError && error.code === "port-in-use",
    );
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
    assert.ok((await stat(path)).isSocket());

    const proxy = await startProxy(options("one"));
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal(proxy.address, `http+unix://${encodeURIComponent(join(folder, "one.sock"))}`);
    await proxy.close();

    await writeFile(join(folder, "two.sock"), "precious");
    await assert.rejects(startProxy(options("two")), /file of another kind/);
    assert.equal(await readFile(join(folder, "two.sock"), "utf8"), "precious");
  });
});

/** User and system time of a process so far, in seconds. */
function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
