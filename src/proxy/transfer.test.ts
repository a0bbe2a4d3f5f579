/** Bodies in both directions: streaming, back-pressure, aborts, reuse of connections. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startBackend, startRawBackend } from "./test-support/backend.ts";
import { ask, eventually, rawClient } from "./test-support/client.ts";
import { startOurs, type TestProxy } from "./test-support/proxies.ts";

describe("transfer", () => {
  let proxy: TestProxy;

  before(async () => {
    proxy = await startOurs();
  });

  after(() => proxy.close());

  /** A backend that answers every request head with these bytes. */
  const answering = (answer: string) =>
    startRawBackend((socket, received) => {
      if (received.endsWith("\r\n\r\n")) socket.write(answer, "latin1");
    });

  test("a client that disconnects aborts the request to the target", async () => {
    const target = await startRawBackend(() => undefined);
    await proxy.route("/abort", { target: target.url });
    const client = await rawClient(proxy.port);
    client.send("GET /abort HTTP/1.1\r\nHost: x\r\n\r\n");
    await eventually(() => target.connections[0]?.received.includes("\r\n\r\n") === true, "the request");
    client.socket.destroy();
    await eventually(() => target.connections[0]?.socket.destroyed === true, "the target's connection to end");
    await target.close();
  });

  test("a client that disconnects in the middle of its body aborts the request to the target", async () => {
    const target = await startRawBackend(() => undefined);
    await proxy.route("/abort-body", { target: target.url });
    const client = await rawClient(proxy.port);
    client.send("PUT /abort-body HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nbegin");
    await eventually(() => target.connections[0]?.received.includes("begin") === true, "the body to begin");
    client.socket.destroy();
    await eventually(() => target.connections[0]?.socket.destroyed === true, "the target's connection to end");
    await target.close();
  });

  test("a slow client holds up the target instead of filling the proxy's memory", async () => {
    const total = 64 * 1024 * 1024;
    const target = await startBackend(
      (res) => void res.writeHead(200, { "Content-Length": total }).end(Buffer.alloc(total)),
    );
    await proxy.route("/big", { target: target.url });
    const before = process.memoryUsage().arrayBuffers;
    const client = connect({ host: "127.0.0.1", port: proxy.port });
    client.pause();
    client.write("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
    const sent = async () => {
      const [socket] = sockets;
      return socket?.bytesWritten ?? 0;
    };
    const sockets: { bytesWritten: number }[] = [];
    target.server.on("connection", (socket) => sockets.push(socket));
    await eventually(() => target.seen.length === 1, "the request");
    // Settled: nothing moves between two looks.
    let last = -1;
    await eventually(async () => {
      const now = process.memoryUsage().arrayBuffers + (await sent());
      const still = now === last;
      last = now;
      return still;
    }, "the transfer to stand still");
    // The backend's own buffer is in this process too; the proxy may add its small share only.
    assert.ok(process.memoryUsage().arrayBuffers - before < total + 16 * 1024 * 1024);
    let received = 0;
    client.on("data", (piece) => {
      received += piece.length;
    });
    client.resume();
    await eventually(() => received > total, "all of it");
    client.destroy();
    await target.close();
  });

  test("a slow target holds up the client's upload, and gets all of it", async () => {
    const total = 16 * 1024 * 1024;
    const target = await startRawBackend((socket) => void socket.pause());
    await proxy.route("/upload", { target: target.url });
    const client = connect({ host: "127.0.0.1", port: proxy.port });
    client.write(`PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: ${total}\r\n\r\n`);
    client.write(Buffer.alloc(total));
    await eventually(() => target.connections.length === 1, "the request");
    assert.ok(client.writableLength > 0);
    const upload = target.connections[0];
    assert.ok(upload);
    await eventually(() => {
      upload.socket.resume();
      return upload.received.length > total;
    }, "all of the upload");
    client.destroy();
    await target.close();
  });

  test("connections to a target are reused by whole exchanges", async () => {
    const target = await answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    await proxy.route("/reuse", { target: target.url });
    for (const _ of [1, 2, 3]) assert.equal((await ask(proxy.port, "/reuse")).body, "ok");
    assert.equal(target.connections.length, 1);
    await target.close();
  });

  test("a chunked answer in odd pieces comes out whole, and its connection is reused", async () => {
    const bytes =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0A\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n";
    const target = await startRawBackend((socket, received) => {
      if (!received.endsWith("\r\n\r\n")) return;
      const feed = (at: number): void => {
        if (at < bytes.length) socket.write(bytes.charAt(at), () => setImmediate(feed, at + 1));
      };
      feed(0);
    });
    await proxy.route("/odd", { target: target.url });
    for (const _ of [1, 2]) assert.equal((await ask(proxy.port, "/odd")).body, "abc0123456789");
    assert.equal(target.connections.length, 1);
    await target.close();
  });

  test("an answer that ends with its connection comes out whole", async () => {
    const target = await startRawBackend((socket) => void socket.end("HTTP/1.0 200 OK\r\n\r\nuntil the end"));
    await proxy.route("/until-close", { target: target.url });
    assert.equal((await ask(proxy.port, "/until-close")).body, "until the end");
    await target.close();
  });

  test("an answer that breaks off breaks off for the client too, so that nobody takes it for whole", async () => {
    for (const [i, head] of ["Content-Length: 100", "Transfer-Encoding: chunked"].entries()) {
      const target = await startRawBackend((socket) => void socket.end(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n5\r\nbegin`));
      await proxy.route(`/broken${i}`, { target: target.url });
      await assert.rejects(ask(proxy.port, `/broken${i}`), /aborted|socket hang up|ECONNRESET/);
      await target.close();
    }
  });

  test("HEAD, 204 and 304 have no body, whatever their length says", async () => {
    const head = await answering("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
    await proxy.route("/head", { target: head.url });
    const reply = await ask(proxy.port, "/head", { method: "HEAD" });
    assert.equal(reply.headers["content-length"], "500");
    for (const status of ["204 No Content", "304 Not Modified"]) {
      const target = await answering(`HTTP/1.1 ${status}\r\nX-A: b\r\n\r\n`);
      await proxy.route("/none", { target: target.url });
      const none = await ask(proxy.port, "/none");
      assert.equal(`${none.status}`, status.slice(0, 3));
      assert.equal(none.headers["x-a"], "b");
      await target.close();
    }
    await head.close();
  });

  test("a target that closed its idle connection costs nobody an error", async () => {
    let first = true;
    const target = await startRawBackend((socket, received) => {
      // The second request on the first connection meets a closed door.
      if (received.match(/GET/g)?.length === 2) socket.destroy();
      else socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${first ? "1s" : "2n"}`);
      first = false;
    });
    await proxy.route("/door", { target: target.url });
    assert.equal((await ask(proxy.port, "/door")).body, "1s");
    assert.equal((await ask(proxy.port, "/door")).body, "2n");
    assert.equal(target.connections.length, 2);
    await target.close();
  });

  test("a request that changes something is never sent twice", async () => {
    let posts = 0;
    const target = await startRawBackend((socket, received) => {
      if (received.includes("POST")) {
        posts++;
        socket.destroy();
      } else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    await proxy.route("/once", { target: target.url });
    await ask(proxy.port, "/once");
    assert.equal((await ask(proxy.port, "/once", { method: "POST", headers: { "content-length": "0" } })).status, 503);
    assert.equal(posts, 1);
    await target.close();
  });

  test("Expect: 100-continue: the target decides, and the body waits for it", async () => {
    const target = await startRawBackend((socket, received) => {
      if (received.endsWith("\r\n\r\n")) socket.write("HTTP/1.1 100 Continue\r\n\r\n");
      if (received.endsWith("hello")) socket.write("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
    });
    await proxy.route("/expect", { target: target.url });
    const client = await rawClient(proxy.port);
    client.send("PUT /expect HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert.match(await client.until("\r\n\r\n"), /^HTTP\/1\.1 100/);
    client.send("hello");
    assert.match(await client.until("201"), /HTTP\/1\.1 201/);
    client.socket.destroy();
    await target.close();
  });

  test("Expect: 100-continue: a refusal arrives before the body is sent, and ends the connection", async () => {
    const target = await answering("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
    await proxy.route("/refuse", { target: target.url });
    const client = await rawClient(proxy.port);
    client.send("PUT /refuse HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    const text = await client.closed();
    assert.match(text, /^HTTP\/1\.1 413/);
    await target.close();
  });

  test("Expect: 100-continue: a target that says nothing gets the body all the same", async () => {
    const target = await startRawBackend((socket, received) => {
      if (received.endsWith("hello")) socket.write("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
    });
    await proxy.route("/mute", { target: target.url });
    const client = await rawClient(proxy.port);
    client.send("PUT /mute HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert.match(await client.until("\r\n\r\n"), /^HTTP\/1\.1 100/);
    client.send("hello");
    assert.match(await client.until("201"), /HTTP\/1\.1 201/);
    client.socket.destroy();
    await target.close();
  });

  test("an early answer to an upload arrives, and the client's connection goes on", async () => {
    const target = await answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    await proxy.route("/early", { target: target.url });
    const client = await rawClient(proxy.port);
    client.send("PUT /early HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n");
    await client.until("\r\n\r\nno");
    client.send("0123456789GET /_chp_healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    assert.match(await client.until('OK"}'), /"status":"OK"/);
    client.socket.destroy();
    await target.close();
  });

  test("pipelined requests are answered in order", async () => {
    const target = await startBackend((res, { url }) => {
      if (url.endsWith("1")) setImmediate(() => res.end("one"));
      else res.end("two");
    });
    await proxy.route("/pipe", { target: target.url });
    const client = await rawClient(proxy.port);
    client.send("GET /pipe/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /pipe/2 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert.match(await client.until("two"), /one[\s\S]*two$/);
    client.socket.destroy();
    await target.close();
  });

  test("HTTP/1.0 clients get an answer without chunks", async () => {
    const target = await answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
    await proxy.route("/old", { target: target.url });
    const client = await rawClient(proxy.port);
    client.send("GET /old HTTP/1.0\r\n\r\n");
    assert.match(await client.closed(), /\r\n\r\nok$/);
    await target.close();
  });

  test("targets on unix sockets are reached under both spellings", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hublet-proxy-"));
    const target = await startBackend((res) => res.end("unix"), join(folder, "s.sock"));
    await proxy.route("/unix", { target: target.url });
    await proxy.route("/unix2", { target: target.url.replace("http+unix", "unix+http") });
    assert.equal((await ask(proxy.port, "/unix")).body, "unix");
    assert.equal((await ask(proxy.port, "/unix2/x")).body, "unix");
    await target.close();
    await rm(folder, { recursive: true });
  });

  test("a target that is silent for longer than the limit is given up", async () => {
    const limited = await startOurs({ proxyTimeout: 50 });
    const target = await startRawBackend(() => undefined);
    await limited.route("/silent", { target: target.url });
    assert.equal((await ask(limited.port, "/silent")).status, 503);
    await limited.close();
    await target.close();
  });

  test("a target that no URL describes is refused with the reason", async () => {
    for (const target of ["nonsense", "ftp://x", "http+unix://%ZZ", "http://"]) {
      const reply = await proxy.api("/bad", { method: "POST", body: JSON.stringify({ target }) });
      assert.equal(reply.status, 400, target);
    }
  });
});
