/** `hublet render nginx`: a real nginx with what it wrote, before the real proxy, before a person's server. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get as getPlain, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { type RequestOptions, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { after, before, test } from "node:test";
import { crc32 } from "node:zlib";
import { WebSocket, WebSocketServer } from "ws";
import { freePort, type ProxyProcess, startProgram } from "../src/proxy/test-support/proxies.ts";
import { runHublet } from "./support/hub.ts";
import { type Nginx, peakOf, startNginx } from "./support/nginx.ts";

const MIB = 1024 * 1024;
const BLOCK = randomBytes(MIB);

const folder = mkdtempSync(join(tmpdir(), "hublet-before-"));
const config = join(folder, "hublet.yaml");
let ca: string;
let proxy: ProxyProcess;
let nginx: Nginx;
let secure: number;
let plain: number;

/** A person's server: it remembers heads, sums up bodies, and echoes websockets. */
const heads: IncomingHttpHeaders[] = [];
const server = createServer(async (req, res) => {
  heads.push(req.headers);
  let [sum, bytes] = [0, 0];
  for await (const piece of req as AsyncIterable<Buffer>) {
    sum = crc32(piece, sum);
    bytes += piece.length;
  }
  if (req.url?.endsWith("/download") === true) await pipeline(blocks(Number(req.headers["x-size"])), res);
  else res.end(JSON.stringify({ sum, bytes }));
});
const sockets = new WebSocketServer({ server });
sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(String(data))));

before(async () => {
  secure = await freePort();
  plain = await freePort();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await startProgram("hublet", ["--log-level=error"]);
  await proxy.route("/user/ada", { target: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  writeFileSync(config, `publicUrl: https://localhost\nlisten: 127.0.0.1:${proxy.port}\n`);
  const own = ["--config", config];
  await hublet("tls", "selfsigned", "--name", "localhost", ...own);
  ca = readFileSync(join(folder, "tls/ca.crt"), "utf8");
  const [certificate, key] = [join(folder, "tls/localhost.crt"), join(folder, "tls/localhost.key")];
  const { stdout } = await hublet("render", "nginx", "--certificate", certificate, "--key", key, ...own);
  nginx = await startNginx(stdout, { 443: secure, 80: plain });
});

after(async () => {
  await nginx?.close();
  await proxy?.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function hublet(...argv: readonly string[]): ReturnType<typeof runHublet> {
  const answer = await runHublet([...argv]);
  assert.equal(answer.code, 0, answer.stderr);
  return answer;
}

function target(path: string, more: RequestOptions = {}): RequestOptions {
  return { host: "localhost", family: 4, port: secure, path: `/user/ada${path}`, ca, agent: false, ...more };
}

/** So many bytes, made as they are asked for. */
function blocks(bytes: number): Readable {
  return Readable.from(
    (function* () {
      for (let left = bytes; left > 0; left -= MIB) yield left < MIB ? BLOCK.subarray(0, left) : BLOCK;
    })(),
    { objectMode: false, highWaterMark: MIB },
  );
}

function sumOf(bytes: number): number {
  let sum = 0;
  for (let left = bytes; left > 0; left -= MIB) sum = crc32(left < MIB ? BLOCK.subarray(0, left) : BLOCK, sum);
  return sum;
}

async function send(options: RequestOptions, body = Readable.from([])) {
  const asked = request(options);
  const [[answer]] = (await Promise.all([once(asked, "response"), pipeline(body, asked)])) as [
    [IncomingMessage],
    undefined,
  ];
  let text = "";
  for await (const piece of answer.setEncoding("utf8")) text += piece;
  return { status: answer.statusCode, headers: answer.headers, text };
}

test("a person's server is told scheme, host and address as the person has them, whatever the person claims", async () => {
  heads.length = 0;
  const claims = {
    "X-Forwarded-For": "6.6.6.6",
    "X-Forwarded-Proto": "gopher",
    "X-Real-IP": "6.6.6.6",
    "X-Scheme": "gopher",
    "X-Forwarded-Host": "evil.example",
  };
  const { status, headers } = await send(target("/headers", { localAddress: "127.0.0.7", headers: claims }));
  assert.equal(status, 200);
  assert.equal(headers["strict-transport-security"], "max-age=63072000");
  const [seen] = heads;
  assert.deepEqual(
    [seen?.host, seen?.["x-forwarded-host"], seen?.["x-real-ip"], seen?.["x-scheme"]],
    [`localhost:${secure}`, `localhost:${secure}`, "127.0.0.7", "https"],
  );
  // First what nginx says of the person, then what our proxy says of nginx.
  assert.deepEqual([seen?.["x-forwarded-for"], seen?.["x-forwarded-proto"]], ["127.0.0.7,127.0.0.1", "https,http"]);
  assert.equal(seen?.["x-forwarded-port"]?.toString().split(",")[0], String(secure));
});

test("a websocket passes, and stays open while 2 GB go up beside it, in bounded memory and with nothing on the disk", async (t) => {
  const socket = new WebSocket(`wss://localhost:${secure}/user/ada/ws`, { ca, family: 4 });
  t.after(() => socket.terminate());
  await once(socket, "open");
  const echo = async (text: string): Promise<string> => {
    const answered = once(socket, "message");
    socket.send(text);
    return String(((await answered) as [Buffer])[0]);
  };
  assert.equal(await echo("before"), "before");
  const bytes = 2 * 1024 * MIB;
  const begun = performance.now();
  const { status, text } = await send(
    target("/upload", { method: "PUT", headers: { "content-length": bytes } }),
    blocks(bytes),
  );
  const seconds = (performance.now() - begun) / 1000;
  t.diagnostic(`2 GiB in ${seconds.toFixed(1)} s`);
  assert.deepEqual([status, JSON.parse(text)], [200, { sum: sumOf(bytes), bytes }]);
  assert.equal(await echo("after"), "after");
  assert.ok(nginx.peakMemory() < 100 * MIB, `nginx: ${nginx.peakMemory() / MIB} MiB`);
  const proxyPeak = peakOf(proxy.child.pid ?? 0);
  assert.ok(proxyPeak < 400 * MIB, `proxy: ${proxyPeak / MIB} MiB`);
  assert.deepEqual([nginx.bodies(), nginx.log()], [[], ""]);
});

test("an upload of unknown length and a download pass as they come, also by HTTP/2, which browsers speak", async () => {
  const bytes = 40 * MIB + 17;
  const chunked = await send(target("/upload", { method: "POST" }), blocks(bytes));
  assert.deepEqual(JSON.parse(chunked.text), { sum: sumOf(bytes), bytes });

  const session = connectHttp2(`https://localhost:${secure}`, { ca });
  const up = session.request({ ":method": "PUT", ":path": "/user/ada/upload" });
  up.setEncoding("utf8");
  const answer = Readable.from(up).toArray();
  await pipeline(blocks(bytes), up, { end: true });
  assert.deepEqual(JSON.parse((await answer).join("")), { sum: sumOf(bytes), bytes });
  const down = session.request({ ":path": "/user/ada/download", "x-size": String(bytes) });
  let [sum, got] = [0, 0];
  for await (const piece of down as AsyncIterable<Buffer>) {
    sum = crc32(piece, sum);
    got += piece.length;
  }
  session.close();
  assert.deepEqual([sum, got], [sumOf(bytes), bytes]);
  assert.deepEqual([nginx.bodies(), nginx.log()], [[], ""]);
});

test("plain HTTP tells the way to HTTPS; older TLS is refused where the profile is modern", async () => {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    getPlain({ host: "127.0.0.1", port: plain, path: "/user/ada/lab?a=b", agent: false }, resolve).on("error", reject);
  });
  answer.resume();
  assert.deepEqual([answer.statusCode, answer.headers.location], [301, "https://localhost/user/ada/lab?a=b"]);
  await assert.rejects(send(target("/headers", { maxVersion: "TLSv1.2" })), /protocol version|handshake/i);
});

test("the intermediate profile lets TLS 1.2 in, and says nothing of HSTS where the configuration does not", async (t) => {
  const [one, two] = [await freePort(), await freePort()];
  const old = join(folder, "older.yaml");
  const files = "certificate: tls/localhost.crt, key: tls/localhost.key";
  writeFileSync(old, `publicUrl: https://localhost\ntls: {${files}, profile: intermediate, hsts: false}\n`);
  const { stdout, stderr } = await hublet("render", "nginx", "--config", old, "--hublet", `127.0.0.1:${proxy.port}`);
  assert.match(stderr, /and no tls: nginx has the certificate then/);
  const other = await startNginx(stdout, { 443: one, 80: two });
  t.after(() => other.close());
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    const { status, headers } = await send(target("/headers", { port: one, minVersion: version, maxVersion: version }));
    assert.deepEqual([status, headers["strict-transport-security"]], [200, undefined]);
  }
});
