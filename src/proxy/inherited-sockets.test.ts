/** Sockets that a service manager opened and hands over, as systemd does. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { selfSigned } from "../../test/support/certificates.ts";
import { Secret } from "../kernel/index.ts";
import { inheritedSockets, writeProxySettings } from "./index.ts";
import { ask, eventually, rawClient } from "./test-support/client.ts";

const PROGRAM = fileURLToPath(new URL("../main/proxy.ts", import.meta.url));
const KEY = new Secret("gate key of the tests, long enough for it");

test("sockets are told apart by their names, in the order of their numbers", () => {
  const given = { LISTEN_PID: "7", LISTEN_FDS: "3", LISTEN_FDNAMES: "redirect:public:public" };
  assert.deepEqual(inheritedSockets(given, 7), { public: [{ fd: 4 }, { fd: 5 }], redirect: [{ fd: 3 }] });
});

test("sockets that are missing, unknown or somebody else's are named", () => {
  const cases: readonly [NodeJS.ProcessEnv, RegExp][] = [
    [{}, /no socket was handed over/],
    [{ LISTEN_PID: "7", LISTEN_FDS: "0" }, /no socket was handed over/],
    [{ LISTEN_PID: "7", LISTEN_FDS: "x", LISTEN_FDNAMES: "public" }, /no socket was handed over/],
    [{ LISTEN_PID: "8", LISTEN_FDS: "1", LISTEN_FDNAMES: "public" }, /for process 8, and this is 7/],
    [{ LISTEN_PID: "7", LISTEN_FDS: "1" }, /socket 1 of 1 is called “”, which is unknown.*FileDescriptorName=public/],
    [{ LISTEN_PID: "7", LISTEN_FDS: "2", LISTEN_FDNAMES: "public:web" }, /socket 2 of 2 is called “web”/],
    [{ LISTEN_PID: "7", LISTEN_FDS: "1", LISTEN_FDNAMES: "redirect" }, /none of the 1 is called “public”/],
  ];
  for (const [environment, message] of cases) {
    assert.throws(
      () => inheritedSockets(environment, 7),
      (error: Error) => {
        assert.match(error.message, message);
        return "code" in error && error.code === "usage";
      },
    );
  }
});

/**
 * What systemd is to a service: holds the sockets and starts the program for each line that it reads, one after the
 * other. `$$` is the program's own number, since `exec` keeps it.
 */
const MANAGER = `while read -r go; do sh -c 'LISTEN_PID=$$; export LISTEN_PID; exec "$@"' sh "$@" </dev/null; echo "ended $?"; done`;

interface Manager {
  readonly ports: readonly number[];
  start(): Promise<{ readonly pid: number }>;
  /** Ends the program; resolves with its exit status. */
  stop(pid: number): Promise<string>;
}

async function manage(t: TestContext, names: readonly string[], args: readonly string[]): Promise<Manager> {
  const servers = await Promise.all(names.map(() => openServer()));
  const child: ChildProcess = spawn("sh", ["-c", MANAGER, "sh", process.execPath, PROGRAM, ...args], {
    stdio: ["pipe", "pipe", "inherit", ...servers.map(({ fd }) => fd)],
    env: { ...process.env, LISTEN_FDS: String(names.length), LISTEN_FDNAMES: names.join(":") },
  });
  // Otherwise this process would accept connections too.
  for (const { server } of servers) server.close();
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  let seen = 0;
  const find = async (pattern: RegExp): Promise<string> => {
    await eventually(() => pattern.test(output.slice(seen)), `${pattern} in ${output}`, 20_000);
    const match = pattern.exec(output.slice(seen));
    seen += (match?.index ?? 0) + (match?.[0].length ?? 0);
    return match?.[1] ?? "";
  };
  let running: number | undefined;
  t.after(() => {
    child.stdin?.end();
    if (running !== undefined) process.kill(running, "SIGKILL");
  });
  return {
    ports: servers.map(({ port }) => port),
    start: async () => {
      child.stdin?.write("go\n");
      running = Number(await find(/"pid":(\d+)[^\n]*Proxy API at/));
      return { pid: running };
    },
    stop: async (pid) => {
      process.kill(pid, "SIGTERM");
      const status = await find(/ended (\d+)/);
      running = undefined;
      return status;
    },
  };
}

async function openServer(): Promise<{ server: Server; fd: number; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  // Node tells a socket's number nowhere else, and takes nothing else for a child's.
  const { fd } = (server as unknown as { readonly _handle: { readonly fd: number } })._handle;
  return { server, fd, port: typeof address === "object" && address !== null ? address.port : 0 };
}

test("sockets that were handed over are served, each as its name says, and who comes between two proxies waits for the next", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "hublet-proxy-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = (name: string): string => join(folder, name);
  const { certificate, key } = await selfSigned("lab");
  const tls = { certificate, key: new Secret(key), profile: "modern", hsts: 60 } as const;
  writeProxySettings(file("settings.json"), { logLevel: "info", tls, publicHost: undefined }, KEY);
  await writeFile(file("gate.key"), KEY.reveal(), { mode: 0o600 });
  await writeFile(file("proxy.token"), "token of the tests, long enough for it", { mode: 0o400 });
  const manager = await manage(
    t,
    ["public", "redirect", "public"],
    [
      ...["--sockets-from-systemd", "--api-socket", file("api.sock"), "--routes-file", file("routes.json")],
      ...["--settings-file", file("settings.json"), "--gate-key-file", file("gate.key")],
      ...["--auth-token-file", file("proxy.token"), "--grace", "1"],
    ],
  );
  const [one = 0, redirect = 0, two = 0] = manager.ports;
  const { pid } = await manager.start();
  for (const port of [one, two]) {
    const reply = await ask(port, "/_chp_healthz", { secure: true });
    assert.deepEqual([reply.status, reply.headers["strict-transport-security"]], [200, "max-age=60"]);
  }
  const led = await ask(redirect, "/x", { headers: { host: "lab" } });
  assert.deepEqual([led.status, led.headers.location], [308, `https://lab:${one}/x`]);
  assert.equal(await manager.stop(pid), "2");

  const early = await rawClient(redirect);
  early.send("GET /waited HTTP/1.1\r\nHost: lab\r\n\r\n");
  const waiting = ask(two, "/_chp_healthz", { secure: true });
  const next = await manager.start();
  assert.match(await early.closed(), /^HTTP\/1\.1 308 /);
  assert.equal((await waiting).status, 200);
  await manager.stop(next.pid);
});
