/** The bridge under a real Python: what goes in comes out, and the command stays what it was. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer as createHttp } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("hub-bridge.py", import.meta.url));

describe("hub-bridge.py", () => {
  let folder = "";
  let socket = "";
  let port = 0;
  let server: ChildProcess;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "hublet-bridge-"));
    socket = join(folder, "hub.sock");
    port = await freePort();
    server = run(port, socket, ["sleep", "60"]);
    await reachable(port);
  });

  after(async () => {
    server.kill("SIGKILL");
    await once(server, "exit");
    await rm(folder, { recursive: true });
  });

  it("gives new files no more rights than NB_UMASK says, and leaves alone what is no mask", async () => {
    for (const [said, umask] of [
      ["0027", "0027"],
      ["077", "0077"],
      ["x", "0022"],
    ] as const) {
      const command = ["--listen", String(await freePort()), "--", "sh", "-c", "umask"];
      const env = { ...process.env, NB_UMASK: said };
      const child = spawn("sh", ["-c", 'umask 0022; exec python3 -ISE "$@"', "sh", PROGRAM, ...command], { env });
      assert.equal((await buffer(child.stdout)).toString().trim(), umask, said);
    }
  });

  it("forwards bodies of many megabytes both ways, unharmed", async () => {
    const hub = await listen(
      createHttp((request, response) => request.pipe(response)),
      socket,
    );
    const body = randomBytes(20 * 1024 * 1024);
    const answer = await fetch(`http://127.0.0.1:${port}/hub/api`, { method: "POST", body });
    assert.equal(digest(Buffer.from(await answer.arrayBuffer())), digest(body));
    await close(hub);
  });

  it("passes the end of one direction on and keeps the other open", async () => {
    const hub = await listen(
      createServer({ allowHalfOpen: true }, (client) => {
        void buffer(client).then((all) => client.end(`got ${all.length}`));
      }),
      socket,
    );
    const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    client.end(Buffer.alloc(100_000));
    assert.equal((await buffer(client)).toString(), "got 100000");
    await close(hub);
  });

  it("carries a long conversation, many at a time", async () => {
    const hub = await listen(
      createServer((client) => client.pipe(client)),
      socket,
    );
    const talks = Array.from({ length: 20 }, async (_, n) => {
      const client = connect(port, "127.0.0.1");
      for (let turn = 0; turn < 20; turn += 1) {
        client.write(`${n}:${turn}`);
        assert.equal(String((await once(client, "data"))[0]), `${n}:${turn}`);
      }
      client.destroy();
    });
    await Promise.all(talks);
    await close(hub);
  });

  it("waits for a hub that restarts, so that the server does not notice", async () => {
    const question = fetch(`http://127.0.0.1:${port}/hub/api`);
    const hub = createHttp((_request, response) => response.end("back"));
    await once(
      connect(port, "127.0.0.1").on("error", () => undefined),
      "connect",
    );
    await listen(hub, socket);
    assert.equal(await (await question).text(), "back");
    await close(hub);
  });

  it("cuts the server's connection when the hub cuts its own", async () => {
    const hub = await listen(
      createServer((client) => client.once("data", () => client.destroy())),
      socket,
    );
    const client = connect(port, "127.0.0.1");
    client.on("error", () => undefined);
    client.write("hello");
    await once(client, "close");
    await close(hub);
  });
});

describe("the command behind hub-bridge.py", () => {
  it("keeps its process id, arguments, exit code and default signals", async () => {
    const script =
      "import os,signal,sys; print(os.getpid(), sys.argv[1:], signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)";
    const shell = `python3 -c "${script}" 'a b' --listen; grep SigIgn /proc/self/status; exit 7`;
    const child = run(await freePort(), "/nowhere", ["sh", "-c", shell]);
    const output = text(child);
    const [code] = await once(child, "exit");
    assert.equal(code, 7);
    assert.match(await output, /\['a b', '--listen'\] True/);
    // SIGPIPE (bit 12) and SIGXFSZ (bit 24) are ignored by Python and must not stay so.
    const ignored = BigInt(`0x${/SigIgn:\s*([0-9a-f]+)/.exec(await output)?.[1] ?? "f"}`);
    assert.equal(ignored & ((1n << 12n) | (1n << 24n)), 0n);
  });

  it("is the very process that was started", async () => {
    const child = run(await freePort(), "/nowhere", ["sh", "-c", "echo $$"]);
    const output = text(child);
    await once(child, "exit");
    assert.equal(Number(await output), child.pid);
  });

  it("is named when it does not exist", async () => {
    const child = run(await freePort(), "/nowhere", ["no-such-command"]);
    const output = text(child);
    const [code] = await once(child, "exit");
    assert.equal(code, 127);
    assert.match(await output, /cannot run no-such-command/);
  });

  it("takes the bridge with it when it ends", async () => {
    const port = await freePort();
    const child = run(port, "/nowhere", ["sleep", "60"]);
    await reachable(port);
    child.kill("SIGKILL");
    await once(child, "exit");
    await refused(port);
  });
});

function run(port: number, socket: string, command: readonly string[]): ChildProcess {
  return spawn("python3", ["-ISE", PROGRAM, "--listen", String(port), "--socket", socket, "--", ...command], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function text(child: ChildProcess): Promise<string> {
  const parts: string[] = [];
  child.stdout?.on("data", (data: Buffer) => parts.push(data.toString()));
  child.stderr?.on("data", (data: Buffer) => parts.push(data.toString()));
  await once(child, "exit");
  return parts.join("");
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await close(server);
  assert.ok(address !== null && typeof address === "object");
  return address.port;
}

async function listen<T extends Server>(server: T, path: string): Promise<T> {
  await rm(path, { force: true });
  server.listen(path);
  await once(server, "listening");
  return server;
}

async function close(server: Server): Promise<void> {
  server.close();
  if ("closeAllConnections" in server && typeof server.closeAllConnections === "function") server.closeAllConnections();
  await once(server, "close");
}

/** Tries until the port accepts. */
async function reachable(port: number): Promise<void> {
  while ((await tryConnect(port)) !== "open");
}

/** Tries until the port refuses. */
async function refused(port: number): Promise<void> {
  while ((await tryConnect(port)) !== "refused");
}

async function tryConnect(port: number): Promise<"open" | "refused"> {
  const { promise, resolve } = Promise.withResolvers<"open" | "refused">();
  const socket: Socket = connect(port, "127.0.0.1");
  socket.once("connect", () => resolve("open"));
  socket.once("error", () => setTimeout(() => resolve("refused"), 20));
  const result = await promise;
  socket.destroy();
  return result;
}

function digest(data: Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}
