/** The gate in front of servers that do not authenticate their visitors themselves. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { type Clock, type GatePass, Secret, signGatePass, systemClock } from "../kernel/index.ts";
import { type Backend, startBackend } from "./test-support/backend.ts";
import { ask, eventually, rawClient } from "./test-support/client.ts";
import { startOurs, type TestProxy } from "./test-support/proxies.ts";

const KEY = new Secret("k".repeat(64));
const HTML = { accept: "text/html,application/xhtml+xml" };

describe("gate", () => {
  let proxy: TestProxy;
  let hub: Backend;
  let lab: Backend;
  let websockets: WebSocketServer;
  let now: number;
  let renewal: { status: number; body: string };
  const clock: Clock = { ...systemClock, now: () => now };

  before(async () => {
    now = Date.now();
    hub = await startBackend((res) => res.writeHead(renewal.status).end(renewal.body));
    lab = await startBackend((res) => res.end("lab"));
    websockets = new WebSocketServer({ server: lab.server });
    proxy = await startOurs({ defaultTarget: hub.url, gateKey: KEY, clock });
    await proxy.route("/user/alice", {
      target: lab.url,
      gate: { server: "alice/", epoch: "7" },
      headers: { Authorization: "token of-the-server" },
    });
  });

  beforeEach(() => {
    renewal = { status: 403, body: "{}" };
    hub.seen.length = 0;
    lab.seen.length = 0;
  });

  after(async () => {
    for (const socket of websockets.clients) socket.terminate();
    await proxy.close();
    await hub.close();
    await lab.close();
  });

  function pass(changes: Partial<GatePass> = {}, key = KEY): string {
    const life = { x: Math.floor(now / 1000) + 600, l: 600 };
    return signGatePass(key, { s: "alice/", e: "7", u: "alice", i: "session", ...life, ...changes });
  }

  const withPass = (cookie: string, more: Record<string, string> = {}) => ({
    headers: { host: "hub.example", cookie: `hublet-gate=${cookie}`, ...more },
  });

  test("a valid pass opens; the server gets the route's headers and none of the visitor's secrets", async () => {
    const cookie = `a=b; hublet-gate=${pass()}; jupyterhub-session-id=5; jupyterhub-hub-login=x`;
    const reply = await ask(proxy.port, "/user/alice/lab", {
      headers: { cookie, authorization: "token of-the-visitor" },
    });
    assert.equal(reply.body, "lab");
    assert.equal(lab.seen[0]?.headers.authorization, "token of-the-server");
    assert.equal(lab.seen[0]?.headers.cookie, "a=b");
    assert.doesNotMatch(reply.rawHeaders.join(), /of-the-server/);
  });

  test("paths nest, so of several passes one that fits is enough", async () => {
    const cookie = `hublet-gate=${pass({ s: "alice/other" })}; hublet-gate=${pass()}`;
    assert.equal((await ask(proxy.port, "/user/alice/", { headers: { cookie } })).status, 200);
  });

  test("without a pass a person is sent to the hub, and a program is told", async () => {
    const page = await ask(proxy.port, "/user/alice/lab?a=b&c", { headers: HTML });
    assert.equal(page.status, 302);
    assert.equal(page.headers.location, "/hub/gate?next=%2Fuser%2Falice%2Flab%3Fa%3Db%26c");
    const call = await ask(proxy.port, "/user/alice/api");
    assert.equal(call.status, 403);
    assert.equal(JSON.parse(call.body).status, 403);
    const post = await ask(proxy.port, "/user/alice/api", { method: "POST", headers: HTML });
    assert.equal(post.status, 403);
    assert.equal(lab.seen.length, 0);
  });

  const forged: Readonly<Record<string, () => string>> = {
    "stolen gate cookie for another server": () => pass({ s: "mallory/" }),
    "gate cookie of an older epoch": () => pass({ e: "6" }),
    "expired gate cookie": () => pass({ x: Math.floor(now / 1000) }),
    "gate cookie signed with another key": () => pass({}, new Secret("m".repeat(64))),
    "gate cookie with tampered payload": () => {
      const [, signature] = pass({ s: "mallory/" }).split(".");
      const [payload] = pass().split(".");
      return `${payload}.${signature}`;
    },
    "gate cookie with tampered signature": () => `${pass().slice(0, -2)}AA`,
    "gate cookie without a signature": () => pass().split(".")[0] ?? "",
    "gate cookie with an empty signature": () => `${pass().split(".")[0]}.`,
    "gate cookie that is signed but is no pass": () => signGatePass(KEY, { s: "alice/" } as GatePass),
  };

  for (const [name, make] of Object.entries(forged)) {
    test(`${name} does not open`, async () => {
      assert.equal((await ask(proxy.port, "/user/alice/", withPass(make()))).status, 403);
      assert.equal((await ask(proxy.port, "/user/alice/", withPass(make(), HTML))).status, 302);
      assert.equal(lab.seen.length, 0);
    });
  }

  test("a pass that was good stops opening when it expires", async () => {
    const cookie = pass();
    assert.equal((await ask(proxy.port, "/user/alice/", withPass(cookie))).status, 200);
    now += 601_000;
    assert.equal((await ask(proxy.port, "/user/alice/", withPass(cookie))).status, 403);
  });

  test("a gate without a key lets nobody in", async () => {
    const keyless = await startOurs({ clock });
    await keyless.route("/user/alice", { target: lab.url, gate: { server: "alice/", epoch: "7" } });
    assert.equal((await ask(keyless.port, "/user/alice/", withPass(pass()))).status, 403);
    await keyless.close();
  });

  test("a route whose gate makes no sense is refused, not opened", async () => {
    const body = JSON.stringify({ target: lab.url, gate: { server: "alice/" } });
    assert.equal((await proxy.api("/half", { method: "POST", body })).status, 400);
    assert.equal((await proxy.api("/half")).status, 404);
  });

  test("cross-site requests that could change something are refused", async () => {
    const post = (more: Record<string, string>) =>
      ask(proxy.port, "/user/alice/api", { method: "POST", ...withPass(pass(), more) });
    assert.equal((await post({ origin: "http://evil.example" })).status, 403);
    assert.equal((await post({ origin: "null" })).status, 403);
    assert.equal((await post({ origin: "http://hub.example:81" })).status, 403);
    assert.equal((await post({ origin: "http://hub.example.evil.example" })).status, 403);
    assert.equal((await post({ "sec-fetch-site": "cross-site" })).status, 403);
    assert.equal((await post({ origin: "http://hub.example", "sec-fetch-site": "same-origin" })).status, 200);
    assert.equal((await post({})).status, 200);
  });

  test("cross-site websocket on a gated route is refused", async () => {
    const text = async (origin: string, cookie = pass()) => {
      const client = await rawClient(proxy.port);
      client.send(
        `GET /user/alice/ws HTTP/1.1\r\nHost: hub.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: ${origin}\r\nCookie: hublet-gate=${cookie}\r\n\r\n`,
      );
      const received = await client.until("\r\n\r\n");
      client.socket.destroy();
      return received;
    };
    assert.match(await text("http://evil.example"), /^HTTP\/1\.1 403/);
    assert.match(await text("null"), /^HTTP\/1\.1 403/);
    assert.match(await text("http://hub.example", "no.pass"), /^HTTP\/1\.1 403/);
    assert.match(await text("https://hub.example"), /^HTTP\/1\.1 101/);
  });

  test("a websocket without an Origin, as programs open it, needs the pass alone", async () => {
    const seen: string[] = [];
    websockets.once("connection", (_socket, req) => seen.push(`${req.headers.authorization} ${req.headers.cookie}`));
    const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/user/alice/ws`, withPass(pass()));
    await new Promise((resolve) => socket.once("open", resolve));
    socket.terminate();
    assert.deepEqual(seen, ["token of-the-server undefined"]);
  });

  test("an aging pass is renewed once, without holding up a request", async () => {
    renewal = { status: 200, body: JSON.stringify({ cookie: "hublet-gate=new; Path=/user/alice/; HttpOnly" }) };
    const cookie = pass({ x: Math.floor(now / 1000) + 200, l: 600 });
    const replies = await Promise.all([1, 2, 3].map(() => ask(proxy.port, "/user/alice/", withPass(cookie))));
    assert.ok(replies.every(({ status }) => status === 200));
    const given: string[] = replies.flatMap(({ headers }) => headers["set-cookie"] ?? []);
    await eventually(async () => {
      given.push(...((await ask(proxy.port, "/user/alice/", withPass(cookie))).headers["set-cookie"] ?? []));
      return given.length > 0;
    }, "the new pass");
    given.push(...((await ask(proxy.port, "/user/alice/", withPass(cookie))).headers["set-cookie"] ?? []));
    assert.deepEqual(given, ["hublet-gate=new; Path=/user/alice/; HttpOnly"]);
    assert.equal(hub.seen.length, 1);
    assert.equal(hub.seen[0]?.method, "POST");
    assert.equal(hub.seen[0]?.url, "/hub/gate/renew");
    assert.equal(hub.seen[0]?.headers.cookie, `hublet-gate=${cookie}`);
  });

  test("a young pass is not renewed", async () => {
    await ask(proxy.port, "/user/alice/", withPass(pass({ x: Math.floor(now / 1000) + 400, l: 600 })));
    assert.equal(hub.seen.length, 0);
  });

  test("a hub that refuses, talks nonsense or is down breaks no valid pass", async () => {
    const answers = [
      { status: 403, body: "{}" },
      { status: 200, body: "no json" },
      { status: 200, body: JSON.stringify({ cookie: "hublet-gate=a\r\nX-Evil: 1" }) },
      { status: 200, body: JSON.stringify({ cookie: "jupyterhub-hub-login=evil" }) },
    ];
    for (const [i, answer] of answers.entries()) {
      renewal = answer;
      const cookie = pass({ x: Math.floor(now / 1000) + 100 + i, l: 600 });
      hub.seen.length = 0;
      assert.equal((await ask(proxy.port, "/user/alice/", withPass(cookie))).status, 200);
      await eventually(() => hub.seen.length === 1, "the hub to be asked");
      const second = await ask(proxy.port, "/user/alice/", withPass(cookie));
      assert.equal(second.status, 200);
      assert.equal(second.headers["set-cookie"], undefined);
    }
    await hub.close();
    const cookie = pass({ x: Math.floor(now / 1000) + 50, l: 600 });
    for (const _ of [1, 2]) assert.equal((await ask(proxy.port, "/user/alice/", withPass(cookie))).status, 200);
  });
});
