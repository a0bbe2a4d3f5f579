import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttp } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { describe, test } from "node:test";
import { parseReference } from "../reference.ts";
import { probeRegistry } from "./probe.ts";

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return address.port;
}

describe("asking a registry", () => {
  test("any HTTP answer counts, 401 too", async () => {
    const server = createHttp((request, response) => {
      response.writeHead(request.url === "/v2/" ? 401 : 500).end();
    });
    const port = await listening(server);
    try {
      const answer = await probeRegistry(parseReference(`127.0.0.1:${port}/x`));
      assert.deepEqual(answer, { answers: true, message: `127.0.0.1:${port} answered (401)` });
    } finally {
      server.close();
    }
  });

  test("a refused connection is known at once", async () => {
    const server = createServer();
    const port = await listening(server);
    server.close();
    await once(server, "close");
    const answer = await probeRegistry(parseReference(`127.0.0.1:${port}/x`));
    assert.equal(answer.answers, false);
    // And not that it did not answer in time.
    assert.match(answer.message, /connection refused/);
  });

  test("one that accepts and never answers is given up in time", async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => sockets.add(socket.on("error", () => undefined)));
    const port = await listening(server);
    try {
      const started = performance.now();
      const answer = await probeRegistry(parseReference(`127.0.0.1:${port}/x`));
      const seconds = (performance.now() - started) / 1000;
      assert.deepEqual(answer, { answers: false, message: `127.0.0.1:${port} did not answer within 3 s` });
      assert.ok(seconds > 2.8 && seconds < 20, `${seconds} s`);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });

  test("a name that does not exist, or a resolver that is silent, is decided within the time", async () => {
    const started = performance.now();
    const answer = await probeRegistry(parseReference("registry.invalid/x"));
    assert.equal(answer.answers, false);
    assert.ok(performance.now() - started < 20_000);
  });

  test("a local name has no registry", async () => {
    const answer = await probeRegistry(parseReference("localhost/hublet/notebook"));
    assert.equal(answer.answers, false);
  });

  test("aborting ends the question", async () => {
    const server = createServer((socket) => socket.on("error", () => undefined));
    const port = await listening(server);
    const abort = new AbortController();
    server.once("connection", () => abort.abort(new Error("enough")));
    await assert.rejects(probeRegistry(parseReference(`127.0.0.1:${port}/x`), { signal: abort.signal }), /enough/);
    server.close();
  });
});
