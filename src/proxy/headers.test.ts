/** Headers that must not pass, or must not be taken away. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Backend, startBackend, startRawBackend } from "./test-support/backend.ts";
import { ask, rawClient } from "./test-support/client.ts";
import { startOurs, type TestProxy } from "./test-support/proxies.ts";

describe("headers", () => {
  let proxy: TestProxy;
  let backend: Backend;

  before(async () => {
    backend = await startBackend();
    proxy = await startOurs({ defaultTarget: backend.url });
    await proxy.route("/user/bob", { target: backend.url });
  });

  after(async () => {
    await proxy.close();
    await backend.close();
  });

  async function seenWith(lines: readonly string[], path = "/user/bob/") {
    const client = await rawClient(proxy.port);
    client.send(`GET ${path} HTTP/1.1\r\nHost: hub.example\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`);
    assert.match(await client.until("\r\n\r\nok"), /^HTTP\/1\.1 200/);
    client.socket.destroy();
    const seen = backend.seen.at(-1);
    assert.ok(seen);
    return seen;
  }

  test("hop-by-hop abuse: Connection takes away what it names, but not what routes, frames or is added", async () => {
    const seen = await seenWith([
      "Connection: close, X-Private, Host, Cookie, X-Forwarded-For, X-Forwarded-Proto",
      "X-Private: 1",
      "Keep-Alive: 300",
      "TE: trailers",
      "Trailer: X-T",
      "Proxy-Connection: keep-alive",
      "Cookie: a=b",
    ]);
    assert.equal(seen.headers["x-private"], undefined);
    for (const name of ["keep-alive", "te", "trailer", "proxy-connection", "upgrade"] as const) {
      assert.equal(seen.headers[name], undefined, name);
    }
    assert.equal(seen.headers.host, "hub.example");
    assert.equal(seen.headers.cookie, "a=b");
    assert.equal(seen.headers["x-forwarded-for"], "127.0.0.1");
    assert.equal(seen.headers["x-forwarded-proto"], "http");
  });

  test("other headers arrive byte for byte, in order and in their case", async () => {
    const seen = await seenWith(["X-CaSe: \xe9\xff  inner ", "x-twice: 1", "X-Twice: 2", "Authorization: token t"]);
    const flat = seen.rawHeaders.join("|");
    assert.match(
      flat,
      /^Host\|hub\.example\|X-CaSe\|\xe9\xff {2}inner\|x-twice\|1\|X-Twice\|2\|Authorization\|token t/,
    );
  });

  test("h2c upgrade smuggling: an upgrade other than websocket is an ordinary request", async () => {
    const seen = await seenWith(["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"]);
    assert.equal(seen.headers.upgrade, undefined);
    assert.equal(seen.headers["http2-settings"], undefined);
  });

  test("hub login cookie leak: a user's server never sees the hub's cookies", async () => {
    const mine = '_xsrf=2|a|b; jupyterhub-user-bob%40x="q; jupyterhub-session-id=5';
    const seen = await seenWith([
      `Cookie: jupyterhub-hub-login=secret; ${mine};  __Host-jupyterhub-hub-login=secret;hublet-gate=pass.sig`,
      "Cookie: jupyterhub-hub-login=secret",
    ]);
    assert.equal(seen.headers.cookie, mine);
    assert.doesNotMatch(seen.rawHeaders.join(), /secret|pass\.sig/);
    const alone = await seenWith(["Cookie: jupyterhub-hub-login=secret"]);
    assert.equal(alone.headers.cookie, undefined);
  });

  test("hub login cookie leak: the quotes of another cookie do not hide it", async () => {
    const seen = await seenWith(['Cookie: a="; jupyterhub-hub-login=secret; b="']);
    assert.doesNotMatch(seen.headers.cookie ?? "", /secret/);
  });

  test("the hub itself gets its cookies unchanged", async () => {
    const cookie = "jupyterhub-hub-login=secret; hublet-gate=x; jupyterhub-session-id=5";
    assert.equal((await seenWith([`Cookie: ${cookie}`], "/hub/home")).headers.cookie, cookie);
  });

  test("cookie tossing: a user's server cannot set the hub's cookies", async () => {
    const tossing = await startBackend((res) =>
      res
        .writeHead(200, [
          ["Set-Cookie", "jupyterhub-hub-login=evil; Path=/hub/"],
          ["Set-Cookie", "mine=1"],
          ["Set-Cookie", "hublet-gate=evil; Path=/"],
        ])
        .end(),
    );
    await proxy.route("/tossing", { target: tossing.url });
    assert.deepEqual((await ask(proxy.port, "/tossing")).headers["set-cookie"], ["mine=1"]);
    await tossing.close();
  });

  test("header injection: a route cannot carry a header that ends its line", async () => {
    for (const headers of [{ "X-A": "b\r\nX-Evil: 1" }, { "X-A\r\nX-Evil": "1" }, { "": "1" }, { "X A": "1" }]) {
      const body = JSON.stringify({ target: backend.url, headers });
      assert.equal((await proxy.api("/evil", { method: "POST", body })).status, 400);
    }
  });

  test("header injection: an encoded line end in the path stays encoded", async () => {
    const seen = await seenWith([], "/user/bob/%0d%0aX-Evil:%201");
    assert.equal(seen.url, "/user/bob/%0d%0aX-Evil:%201");
    assert.equal(seen.headers["x-evil"], undefined);
  });

  test("encoded slash confusion: the server that the decoded path names gets the request, as it was sent", async () => {
    const alice = await startBackend((res) => res.end("alice"));
    await proxy.route("/user/alice", { target: alice.url });
    assert.equal((await ask(proxy.port, "/user%2falice%2fx")).body, "alice");
    assert.equal(alice.seen.at(-1)?.url, "/user%2falice%2fx");
    // Decoded once only: what is left is a name with “%2F” in it, which no route has.
    assert.equal((await ask(proxy.port, "/user%252Falice/x")).body, "ok");
    await alice.close();
  });

  test("path traversal: dots are names, so a route never leads to another one's server", async () => {
    const alice = await startBackend((res) => res.end("alice"));
    await proxy.route("/user/alice", { target: alice.url });
    for (const path of ["/user/alice/../bob/", "/user/alice/%2e%2e/bob/", "/user/alice/..%2fbob/"]) {
      assert.equal((await ask(proxy.port, path)).body, "alice", path);
      assert.equal(alice.seen.at(-1)?.url, path);
    }
    await alice.close();
  });

  test("an answer loses its hop-by-hop headers, and those that its Connection names", async () => {
    const raw = await startRawBackend((socket, received) => {
      if (!received.includes("\r\n\r\n")) return;
      socket.end(
        "HTTP/1.1 200 OK\r\nConnection: close, X-Private\r\nX-Private: 1\r\nKeep-Alive: timeout=9\r\nUpgrade: h2c\r\nContent-Length: 2\r\nX-Kept: 1\r\n\r\nok",
      );
    });
    await proxy.route("/raw", { target: raw.url });
    const { headers } = await ask(proxy.port, "/raw");
    assert.equal(headers["x-private"], undefined);
    assert.equal(headers.upgrade, undefined);
    assert.notEqual(headers["keep-alive"], "timeout=9");
    assert.equal(headers["x-kept"], "1");
    await raw.close();
  });
});
