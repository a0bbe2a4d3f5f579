/** HTTPS of the public face, and what changes while it runs. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { WebSocket, WebSocketServer } from "ws";
import { selfSigned, type TestPair } from "../../test/support/certificates.ts";
import { startWithoutWatches } from "../../test/support/without-watches.ts";
import { Secret, systemClock } from "../kernel/index.ts";
import { type ProxySettings, type ServedTls, startProxy, watchProxySettings, writeProxySettings } from "./index.ts";
import { startBackend } from "./test-support/backend.ts";
import { eventually } from "./test-support/client.ts";
import { silentLog, startProgram } from "./test-support/proxies.ts";

const GATE_KEY = new Secret("gate key of the tests, long enough for it");

function tlsOf({ certificate, key }: TestPair, more: Partial<ServedTls> = {}): ServedTls {
  return { certificate, key: new Secret(key), profile: "modern", hsts: undefined, ...more };
}

const plain = (logLevel: "info" | "debug"): ProxySettings => ({ logLevel, tls: undefined, publicHost: undefined });

function subjectAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

test("over TLS requests and websockets reach the target, which is told of https", async (t) => {
  const backend = await startBackend();
  const sockets = new WebSocketServer({ server: backend.server });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(String(data))));
  const pair = await selfSigned("first");
  const proxy = await startProxy({
    listen: { host: "127.0.0.1", port: 0 },
    api: { host: "127.0.0.1", port: 0 },
    defaultTarget: backend.url,
    tls: tlsOf(pair),
    log: silentLog,
    clock: systemClock,
  });
  assert.match(proxy.address, /^https:\/\//);
  const port = Number(URL.parse(proxy.address)?.port);

  const status = await new Promise<number>((resolve, reject) => {
    const asked = request({
      host: "127.0.0.1",
      port,
      path: "/x",
      ca: pair.certificate,
      checkServerIdentity: () => undefined,
    });
    asked.on("response", (response) => resolve(response.resume().statusCode ?? 0));
    asked.on("error", reject);
    asked.end();
  });
  assert.equal(status, 200);
  assert.equal(backend.seen[0]?.headers["x-forwarded-proto"], "https");

  const socket = new WebSocket(`wss://127.0.0.1:${port}/ws`, { rejectUnauthorized: false });
  // In this order: the backend waits for its open connections.
  t.after(async () => {
    socket.terminate();
    await proxy.close();
    await backend.close();
  });
  await new Promise((resolve) => socket.once("open", resolve));
  const echo = () =>
    new Promise<string>((resolve) => {
      socket.once("message", (data) => resolve(String(data)));
      socket.send("hello");
    });
  assert.equal(await echo(), "hello");

  // Another certificate for new connections; the open one goes on.
  proxy.setTls(tlsOf(await selfSigned("second")));
  assert.equal(await subjectAt(port), "second");
  assert.equal(await echo(), "hello");
  const other = await selfSigned("other");
  assert.throws(() => proxy.setTls(tlsOf({ ...pair, key: other.key })), { code: "bad-config" });
  assert.equal(await subjectAt(port), "second");
  await assert.rejects(
    new Promise((resolve, reject) => {
      const old = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, maxVersion: "TLSv1.2" }, () =>
        resolve(old.destroy()),
      );
      old.on("error", reject);
    }),
    /protocol|alert|version/i,
  );
});

test("a changed settings file gives the running program another certificate; a damaged one changes nothing", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "hublet-proxy-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "proxy.json");
  const gateKeyFile = join(folder, "gate.key");
  await writeFile(gateKeyFile, GATE_KEY.reveal(), { mode: 0o600 });
  const first = await selfSigned("first");
  writeProxySettings(file, { ...plain("info"), tls: tlsOf(first) }, GATE_KEY);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  // No line of the key is there to be read.
  const [, line = ""] = first.key.split("\n");
  assert.ok(line.length > 30 && !(await readFile(file, "utf8")).includes(line));
  const proxy = await startProgram("hublet", ["--settings-file", file, "--gate-key-file", gateKeyFile]);
  t.after(() => proxy.close());
  assert.equal(await subjectAt(proxy.port), "first");
  writeProxySettings(file, { ...plain("info"), tls: tlsOf(await selfSigned("second")) }, GATE_KEY);
  await eventually(async () => (await subjectAt(proxy.port)) === "second", "the second certificate");
  await writeFile(file, "{");
  await eventually(() => proxy.output().includes("not taken over"), "a word in the log");
  assert.equal(await subjectAt(proxy.port), "second");
});

test("settings that changed before they were watched are taken over", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "hublet-proxy-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "proxy.json");
  writeProxySettings(file, plain("debug"), GATE_KEY);
  const levels: string[] = [];
  const watched = watchProxySettings(file, GATE_KEY, ({ logLevel }) => levels.push(logLevel), silentLog);
  t.after(() => watched.close());
  assert.deepEqual(levels, ["debug"]);
});

test("on a host without watches settings are looked at instead", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "hublet-proxy-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "proxy.json");
  writeProxySettings(file, plain("info"), GATE_KEY);
  const until = startWithoutWatches(
    t,
    `import { watchProxySettings } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
    import { Secret } from ${JSON.stringify(new URL("../kernel/index.ts", import.meta.url).href)};
    const key = new Secret(${JSON.stringify(GATE_KEY.reveal())});
    const say = (_: object, text: string) => console.log(text);
    const log = { debug: say, info: say, warn: say, error: say };
    watchProxySettings(${JSON.stringify(file)}, key, ({ logLevel }) => console.log("level", logLevel), log);
    console.log("open");`,
  );
  await until(/cannot be watched[\s\S]*level info[\s\S]*open/);
  writeProxySettings(file, plain("debug"), GATE_KEY);
  await until(/level debug/);
});
